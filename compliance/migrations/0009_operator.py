from typing import Final

from django.db import migrations

from tenants.rls import let_operator

# What the organisation noted is its own.
WITHOUT_THE_NOTE: Final = (
    "id", "tenant_id", "run_id", "state", "kinds", "records", "let_pass_from", "let_pass_to", "found_with",
    "opened_at", "told_at", "acknowledged_at", "acknowledged_by", "closed_at", "closed_by",
    "report_id", "masked_with", "cause", "about", "aware_at", "decided_at", "decided_by", "decision", "seen_at",
    "verdict",
)  # fmt: skip
# Why a hold was placed is no operator's business.
WITHOUT_THE_REASON: Final = (
    "id", "tenant_id", "kind", "target_id", "query", "masked_with", "placed_by_id", "placed_at", "release_asked_by_id",
    "release_asked_at", "released_by_id", "released_at",
)  # fmt: skip
ASKED: Final = ("approved_kind", "approved_by", "approved_person", "approved_at", "due_at", "ended_at", "ended_as")


class Migration(migrations.Migration):
    """Grant the operators' role what its pages show and its actions write: least that works."""

    dependencies = [("compliance", "0008_isolation")]

    operations = [
        let_operator("compliance_auditentry", select=(), insert=()),
        let_operator("compliance_operatorentry", fenced=False, select=(), insert=()),
        let_operator(
            "compliance_operatorreset",
            fenced=False,
            select=(),
            insert=(),
            update=("decided_by_id", "decided_at", "is_approved"),
        ),
        # They pause a re-scan, activate a release's rules, and number what comes into force by that.
        let_operator("compliance_jobrun", select=(), update=("state", "moved_at", "finished_at")),
        let_operator("compliance_ruleset", select=(), insert=()),
        let_operator("compliance_rulesetproposal", select=(), update=("state", "number", "decided_at")),
        let_operator("compliance_maskingrevision", select=()),
        let_operator("compliance_retentionpolicy", select=(), insert=(), update=("keep_days", "changed_at"), delete=()),
        let_operator("compliance_legalhold", select=WITHOUT_THE_REASON),
        let_operator("compliance_agreement", select=(), insert=()),
        let_operator("compliance_subprocessor", fenced=False, select=(), insert=(), update=("ended_at",)),
        let_operator("compliance_modeswitch", select=(), insert=(), update=ASKED),
        let_operator(
            "compliance_policystanding",
            select=(),
            insert=(),
            update=("choices", "modes", "retention", "changed_at"),
        ),
        let_operator("compliance_incident", select=WITHOUT_THE_NOTE),
        # An operator who lets an organisation work again lets its controls be expected from then on.
        let_operator("compliance_controlrun", select=(), update=("since",)),
        let_operator("compliance_servicecontrol", fenced=False, select=()),
        let_operator("compliance_restoredrill", fenced=False, select=()),
    ]
