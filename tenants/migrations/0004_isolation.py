from django.db import migrations

from tenants.rls import APPEND_ONLY, lookup_function, protect

MEMBERSHIP = "tenants_membership"


class Migration(migrations.Migration):
    """Fence the tables of an organisation; find a person's organisations before one is chosen."""

    dependencies = [("tenants", "0003_policies")]

    operations = [
        protect("tenants_membership", looked_up=True),
        protect("tenants_invitation", references={"invited_by_id": MEMBERSHIP}),
        protect("tenants_allowedorigin"),
        protect("tenants_closurecertificate", grants=APPEND_ONLY),
        protect("tenants_policychoice"),
        protect("tenants_trainingduty", references={"membership_id": MEMBERSHIP}),
        protect("tenants_addressrule", references={"changed_by_id": MEMBERSHIP}),
        protect("tenants_breakglasscode"),
        protect("tenants_addresswaiver", references={"membership_id": MEMBERSHIP}),
        protect("tenants_placedue"),
        protect("tenants_staffdevice", references={"membership_id": MEMBERSHIP, "decided_by_id": MEMBERSHIP}),
        lookup_function(
            "memberships_of(person uuid)",
            "TABLE (membership_id uuid, tenant_id uuid, role text)",
            "SELECT id, tenant_id, role FROM tenants_membership WHERE user_id = person AND is_active",
        ),
    ]
