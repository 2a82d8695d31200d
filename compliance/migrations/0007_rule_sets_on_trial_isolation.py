from typing import Final

from django.db import migrations

from tenants.rls import OPERATOR_ROLE, let_operator, protect

# What the organisation noted is its own.
WITHOUT_THE_NOTE: Final = (
    "id", "tenant_id", "run_id", "state", "kinds", "records", "let_pass_from", "let_pass_to", "found_with",
    "opened_at", "told_at", "acknowledged_at", "acknowledged_by", "closed_at", "closed_by",
    "report_id", "masked_with",
)  # fmt: skip


class Migration(migrations.Migration):
    """Fence proposals and incidents; let operators see them, pause a re-scan, and activate a release's rules."""

    dependencies = [("compliance", "0006_rule_sets_on_trial")]

    operations = [
        protect(
            "compliance_rulesetproposal",
            references={"dry_run_id": "compliance_jobrun", "shadow_run_id": "compliance_jobrun"},
        ),
        protect("compliance_incident", references={"run_id": "compliance_jobrun"}),
        protect("compliance_incidentrecord", references={"incident_id": "compliance_incident"}),
        let_operator("compliance_rulesetproposal", select=(), update=("state", "number", "decided_at")),
        let_operator("compliance_incident", select=WITHOUT_THE_NOTE),
        migrations.RunSQL(
            f"GRANT UPDATE (state, moved_at, finished_at) ON compliance_jobrun TO {OPERATOR_ROLE}",
            f"REVOKE UPDATE (state, moved_at, finished_at) ON compliance_jobrun FROM {OPERATOR_ROLE}",
        ),
    ]
