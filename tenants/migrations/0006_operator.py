from typing import Final

from django.db import migrations

from tenants.rls import let_operator, let_operator_call

PERSON: Final = (
    "id", "email", "name", "is_active", "is_operator", "email_confirmed_at", "session_epoch", "created_at",
    "last_login",
)  # fmt: skip


class Migration(migrations.Migration):
    """Grant the operators' role the directory of organisations and people: least that works, no password."""

    dependencies = [("tenants", "0005_closure_isolation"), ("contenttypes", "0002_remove_content_type_name")]

    operations = [
        let_operator(
            "tenants_tenant",
            fenced=False,
            select=(),
            update=("region", "status", "hipaa_state", "pci_state", "closes_at"),
        ),
        let_operator("tenants_user", fenced=False, select=PERSON, update=("is_active", "session_epoch")),
        let_operator("django_content_type", fenced=False, select=()),
        let_operator("tenants_membership", select=()),
        let_operator("tenants_allowedorigin", select=()),
        let_operator_call("memberships_of(uuid)"),
    ]
