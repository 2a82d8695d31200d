from typing import Final

from django.db import migrations

from tenants.rls import let_operator, let_operator_call

PERSON: Final = (
    "id", "email", "name", "is_active", "is_operator", "email_confirmed_at", "session_epoch", "created_at",
    "last_login", "must_change_password",
)  # fmt: skip
ORGANISATION: Final = ("region", "status", "hipaa_state", "pci_state", "closes_at", "factors_due_at")


class Migration(migrations.Migration):
    """Let operators see the directory of organisations and people, and end factors that they cannot read."""

    dependencies = [("tenants", "0005_grants")]

    operations = [
        let_operator("tenants_tenant", fenced=False, select=(), update=ORGANISATION),
        let_operator("tenants_user", fenced=False, select=PERSON, update=("is_active", "session_epoch")),
        let_operator("django_content_type", fenced=False, select=()),
        let_operator("tenants_membership", select=()),
        let_operator("tenants_allowedorigin", select=()),
        let_operator("tenants_policychoice", select=()),
        *(
            let_operator(table, fenced=False, select=("id", "user_id", "confirmed"), delete=())
            for table in ("tenants_sealedtotpdevice", "tenants_passkey", "tenants_backupcodes")
        ),
        let_operator_call("memberships_of(uuid)"),
    ]
