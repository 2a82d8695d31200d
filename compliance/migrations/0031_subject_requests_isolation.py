from django.db import migrations

from tenants.rls import protect

_MEMBER = "tenants_membership"


class Migration(migrations.Migration):
    """Fence the register of data subject requests; it is no operator's business."""

    dependencies = [("compliance", "0030_subject_requests")]

    operations = [
        protect(
            "compliance_subjectrequest",
            references=dict.fromkeys(("opened_by_id", "assignee_id", "decided_by_id", "agreed_by_id"), _MEMBER),
        ),
        protect(
            "compliance_requeststep",
            references={"request_id": "compliance_subjectrequest", "by_id": _MEMBER, "to_id": _MEMBER},
        ),
    ]
