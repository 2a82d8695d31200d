from typing import Final

from django.db import migrations
from django.db.migrations import RunSQL

from tenants.rls import LOOKUP_ROLE, OPERATOR_ROLE, let_operator, let_operator_call, lookup_function

GRANTS: Final = "compliance_supportgrant"
# All that an approval stands on. A mode that is on lets only what a break-glass code was given for.
LIVE: Final = """
SELECT support.id, support.tenant_id, (
    support.ended_at IS NULL AND support.until IS NOT NULL AND support.until > clock_timestamp()
    AND tenant.status = 'active'
    AND (support.is_break_glass OR (tenant.hipaa_state = 'off' AND tenant.pci_state = 'off'))
    AND asker.is_active AND asker.is_operator
    AND EXISTS (
        SELECT FROM tenants_membership AS owner JOIN tenants_user AS person ON person.id = owner.user_id
        WHERE owner.tenant_id = support.tenant_id AND owner.id = support.approved_by_id
            AND owner.role = 'owner' AND owner.is_active AND person.is_active
    )
) AS is_live
FROM compliance_supportgrant AS support
JOIN tenants_tenant AS tenant ON tenant.id = support.tenant_id
JOIN tenants_user AS asker ON asker.id = support.operator_id
WHERE support.operator_id = asking
"""


class Migration(migrations.Migration):
    """Let operators ask for support access and end it, and never approve it; what is in force is one function."""

    dependencies = [("compliance", "0009_operator")]

    operations = [
        let_operator(GRANTS, select=(), insert=(), update=("ended_at", "ended_as")),
        # By itself neither column grant nor floor keeps an operator from approving what they ask, or from going on
        # with what has ended.
        RunSQL(
            f"CREATE POLICY asked_only ON {GRANTS} AS RESTRICTIVE FOR INSERT TO {OPERATOR_ROLE} "
            "WITH CHECK (approved_at IS NULL AND ended_at IS NULL)",
            f"DROP POLICY asked_only ON {GRANTS}",
        ),
        RunSQL(
            f"CREATE POLICY ended_for_good ON {GRANTS} AS RESTRICTIVE FOR UPDATE TO {OPERATOR_ROLE} "
            "USING (ended_at IS NULL) WITH CHECK (ended_at IS NOT NULL)",
            f"DROP POLICY ended_for_good ON {GRANTS}",
        ),
        RunSQL(
            (
                f"GRANT SELECT (id, status, hipaa_state, pci_state) ON tenants_tenant TO {LOOKUP_ROLE}",
                f"GRANT SELECT (id, is_active, is_operator) ON tenants_user TO {LOOKUP_ROLE}",
            ),
            (
                f"REVOKE ALL ON tenants_tenant FROM {LOOKUP_ROLE}",
                f"REVOKE ALL ON tenants_user FROM {LOOKUP_ROLE}",
            ),
        ),
        lookup_function("support_grants(asking uuid)", "TABLE (grant_id uuid, tenant_id uuid, is_live boolean)", LIVE),
        let_operator_call("support_grants(uuid)"),
    ]
