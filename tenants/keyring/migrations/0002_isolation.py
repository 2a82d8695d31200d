from django.db import migrations

from tenants.rls import APPEND_ONLY, grant, protect


class Migration(migrations.Migration):
    """Fence wrapped keys, rotations and own keys, and the evidence of destruction, which is only added to."""

    dependencies = [("keyring", "0001_keys")]

    operations = [
        protect("keyring_tenantkey"),
        protect("keyring_contactkey"),
        protect("keyring_rotation"),
        protect("keyring_ownkey"),
        protect("keyring_destruction", grants=APPEND_ONLY),
        grant("django_migrations", "SELECT"),
    ]
