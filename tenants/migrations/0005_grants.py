from django.db import migrations

from tenants.rls import grant


class Migration(migrations.Migration):
    """Grant the application role the tables without a tenant: least that works."""

    dependencies = [
        ("tenants", "0004_isolation"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("sessions", "0001_initial"),
        ("axes", "0010_accessattemptexpiration"),
    ]

    operations = [
        grant("tenants_tenant", "SELECT", "INSERT", "UPDATE"),
        grant("tenants_user", "SELECT", "INSERT", "UPDATE"),
        grant("tenants_usedpassword", "SELECT", "INSERT", "DELETE"),
        grant("tenants_emailchange"),
        grant("tenants_sealedtotpdevice"),
        grant("tenants_passkey"),
        grant("tenants_backupcodes"),
        grant("tenants_staffsession"),
        grant("tenants_seenaddress"),
        grant("django_session"),
        grant("django_content_type", "SELECT"),
        grant("django_admin_log", "SELECT"),
        grant("django_migrations", "SELECT"),
        grant("auth_permission", "SELECT"),
        grant("axes_accessattempt"),
        grant("axes_accessattemptexpiration"),
        grant("axes_accessfailurelog"),
        grant("axes_accesslog"),
    ]
