from django.db import migrations

from tenants.rls import APPEND_ONLY, protect


class Migration(migrations.Migration):
    """Fence rotations, own keys and the evidence of destruction."""

    dependencies = [("keyring", "0003_rotation")]

    operations = [
        protect("keyring_rotation"),
        protect("keyring_ownkey"),
        protect("keyring_destruction", grants=APPEND_ONLY),
    ]
