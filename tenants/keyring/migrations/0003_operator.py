from typing import Final

from django.db import migrations

from tenants.rls import let_operator

INVENTORY: Final = (
    "id", "tenant_id", "purpose", "version", "provider", "key_reference", "fingerprint", "state", "created_at",
)  # fmt: skip


class Migration(migrations.Migration):
    """Let the operators' role see the inventory of keys and turn one; no wrapped key, and no contact's at all."""

    dependencies = [("keyring", "0002_isolation")]

    operations = [
        let_operator("keyring_tenantkey", select=INVENTORY, insert=(), update=("state",)),
        let_operator("keyring_rotation", select=(), insert=()),
        let_operator("keyring_ownkey", select=()),
    ]
