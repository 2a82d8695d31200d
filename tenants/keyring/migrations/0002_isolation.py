from django.db import migrations

from tenants.rls import grant, protect


class Migration(migrations.Migration):
    """Fence the wrapped keys."""

    dependencies = [("keyring", "0001_initial")]

    operations = [
        protect("keyring_tenantkey"),
        protect("keyring_contactkey"),
        grant("django_migrations", "SELECT"),
    ]
