"""Mails about data subject requests: that one came in, and that its day is a week or a day off, or over.

They say that it is so and where to look, nothing of what is asked or by whom. A request's row is the note of what was
sent last: it is locked meanwhile and marked in the same transaction, so nobody sends beside, and a crash in between
sends a mail again rather than losing it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from compliance import due_mail, request_queue
from compliance.models import OPEN_REQUEST, SubjectRequest
from compliance.models.subject_request import DAY, NEW, OVERDUE, WEEK
from helpdesk.core import stages
from tenants.models import Tenant
from tenants.scoping import tenant_scope

PAGE: Final = "chat:request"
#: What is said at each stage, the last stage first; days that are left.
STAGES: Final = (OVERDUE, DAY, WEEK)
SAID: Final[Mapping[int, str]] = {
    OVERDUE: "is overdue",
    DAY: "is due within a day",
    WEEK: "is due within a week",
    NEW: "has come in",
}


def stage_of(due_at: datetime, now: datetime) -> int:
    """Return which mail a day calls for."""
    found = stages.stage_of(due_at, now, STAGES)
    return NEW if found is None else found


def is_any_due(tenant_id: UUID, *, now: datetime) -> bool:
    """Whether a mail is to be sent in an organisation."""
    with tenant_scope(tenant_id):
        return bool(SubjectRequest.objects.filter(_due(now)).exists())


def remind(tenant: Tenant, *, now: datetime) -> int:
    """Mail whoever handles each request whose stage was not told of; return of how many requests.

    Its assignee, or every handler while it is nobody's. Of what could not be sent to anybody, the next run tells.
    """
    with tenant_scope(tenant):
        due = list(SubjectRequest.objects.filter(_due(now)).order_by("due_at", "id").values_list("id", flat=True))
    return sum(_remind_of(tenant, request_id, now) for request_id in due)


def _due(now: datetime) -> Q:
    """The condition of requests with a stage that nobody was mailed of."""
    late = Q(mailed_stage=None)
    for stage in STAGES:
        late |= Q(due_at__lte=now + timedelta(days=stage), mailed_stage__gt=stage)
    return OPEN_REQUEST & late


def _remind_of(tenant: Tenant, request_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        rows = SubjectRequest.objects.select_for_update(skip_locked=True, of=("self",))
        request = rows.filter(_due(now), id=request_id).first()
        if request is None:
            return False
        stage = stage_of(request.due_at, now)
        is_told = _mail(tenant, request, stage)
        if is_told:
            request.mailed_stage = stage
            request.save(update_fields=["mailed_stage"])
    return is_told


def _mail(tenant: Tenant, request: SubjectRequest, stage: int) -> bool:
    handlers = request_queue.handlers()
    # Whoever holds it and may not any more leaves it to all.
    told = [each for each in handlers if each.id == request.assignee_id] or handlers
    says = f"Somebody's request about their own data ({request.reference}) {SAID[stage]}."
    due = request.due_at.date()
    return sum(due_mail.tell_member(tenant, one, says, due, page=PAGE, args=[request.id]) for one in told) > 0
