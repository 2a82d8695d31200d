from typing import Final

from django.db import migrations

from tenants.rls import APPEND_ONLY, grant, protect

MEMBER: Final = "tenants_membership"
INCIDENT: Final = "compliance_incident"
RUN: Final = "compliance_jobrun"
# What is decided on and never taken back, and what is never changed.
KEPT: Final = ("SELECT", "INSERT", "UPDATE")
MADE_OR_REMOVED: Final = ("SELECT", "INSERT", "DELETE")


class Migration(migrations.Migration):
    """Fence the tables of an organisation, and grant the application role those of the service: least that works."""

    dependencies = [("compliance", "0007_incidents")]

    operations = [
        # Looked up by the functions that seal it.
        protect("compliance_auditentry", grants=APPEND_ONLY, looked_up=True),
        protect("compliance_trailview", references={"membership_id": MEMBER}),
        protect("compliance_supportgrant", references={"approved_by_id": MEMBER}, looked_up=True),
        protect("compliance_ruleset", grants=APPEND_ONLY),
        protect("compliance_jobrun"),
        protect("compliance_rulesetproposal", references={"dry_run_id": RUN, "shadow_run_id": RUN}),
        protect("compliance_maskingrevision", grants=MADE_OR_REMOVED),
        protect("compliance_retentionpolicy"),
        protect(
            "compliance_legalhold",
            references=dict.fromkeys(("placed_by_id", "release_asked_by_id", "released_by_id"), MEMBER),
        ),
        protect(
            "compliance_subjectrequest",
            references=dict.fromkeys(("opened_by_id", "assignee_id", "decided_by_id", "agreed_by_id"), MEMBER),
        ),
        protect(
            "compliance_requeststep",
            references={"request_id": "compliance_subjectrequest", "by_id": MEMBER, "to_id": MEMBER},
        ),
        protect("compliance_noticeversion", grants=APPEND_ONLY),
        protect("compliance_noticedraft"),
        protect("compliance_noticesetting"),
        protect("compliance_owncourse"),
        protect("compliance_owncourseversion", references={"course_id": "compliance_owncourse"}, grants=APPEND_ONLY),
        protect("compliance_trainingrecord", references={"membership_id": MEMBER}, grants=APPEND_ONLY),
        protect("compliance_agreement", grants=KEPT),
        protect("compliance_subprocessornotice", grants=MADE_OR_REMOVED),
        protect("compliance_modeswitch", grants=KEPT),
        protect("compliance_modecertificate", references={"switch_id": "compliance_modeswitch"}, grants=APPEND_ONLY),
        protect("compliance_policystanding", grants=KEPT),
        protect("compliance_accessreview", grants=KEPT),
        protect(
            "compliance_accessreviewline",
            references={"review_id": "compliance_accessreview", "membership_id": MEMBER},
            grants=KEPT,
        ),
        protect("compliance_evidencepack", references={"asked_by_id": MEMBER}),
        protect("compliance_evidencepart", references={"pack_id": "compliance_evidencepack"}),
        protect("compliance_incident", references={"run_id": RUN}),
        protect("compliance_incidentrecord", references={"incident_id": INCIDENT}),
        protect("compliance_incidentclock", references={"incident_id": INCIDENT}),
        protect("compliance_incidentline", references={"incident_id": INCIDENT, "assignee_id": MEMBER}),
        protect("compliance_incidentcontact", references={"incident_id": INCIDENT}),
        protect("compliance_controlrun", grants=KEPT),
        grant("compliance_operatorentry", *APPEND_ONLY),
        # A key that signs anchors is made, and wrapped again; never changed or taken away.
        grant("compliance_anchorkey", "SELECT", "INSERT", "UPDATE (wrapped)"),
        grant("compliance_operatorreset", *KEPT),
        grant("compliance_subprocessor", *KEPT),
        grant("compliance_servicecontrol", *KEPT),
        # Written by the role that owns it.
        grant("compliance_restoredrill", "SELECT"),
    ]
