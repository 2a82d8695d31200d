from django.db.migrations import Migration as BaseMigration
from django.db.migrations import RunSQL

from tenants.rls import OPERATOR_ROLE


class Migration(BaseMigration):
    """Let operators, who switch modes, say until when agents without a second factor may still come in."""

    dependencies = [("tenants", "0015_factors_due")]

    operations = [
        RunSQL(
            f"GRANT UPDATE (factors_due_at) ON tenants_tenant TO {OPERATOR_ROLE}",
            f"REVOKE UPDATE (factors_due_at) ON tenants_tenant FROM {OPERATOR_ROLE}",
        )
    ]
