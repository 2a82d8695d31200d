from django.db import migrations

from tenants.rls import protect

MEMBERSHIP = "tenants_membership"


class Migration(migrations.Migration):
    """Fence the devices of an organisation's people."""

    dependencies = [("tenants", "0019_devices")]

    operations = [
        protect("tenants_staffdevice", references={"membership_id": MEMBERSHIP, "decided_by_id": MEMBERSHIP}),
    ]
