from django.db import migrations

from tenants.rls import lookup_function, protect


class Migration(migrations.Migration):
    """Fence the tables of an organisation; find a person's organisations before one is chosen."""

    dependencies = [("tenants", "0001_initial")]

    operations = [
        protect("tenants_membership", looked_up=True),
        protect("tenants_invitation", references={"invited_by_id": "tenants_membership"}),
        protect("tenants_allowedorigin"),
        lookup_function(
            "memberships_of(person uuid)",
            "TABLE (membership_id uuid, tenant_id uuid, role text)",
            "SELECT id, tenant_id, role FROM tenants_membership WHERE user_id = person AND is_active",
        ),
    ]
