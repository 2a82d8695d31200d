"""Which data subject requests there are, as their handlers look at them. Call everything inside the tenant's scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet, TextChoices

from compliance import audit_events
from compliance.models import OPEN_REQUEST, AuditEntry, RequestKind, RequestState, SubjectRequest
from helpdesk.core.paging import Page, page_of
from tenants.models import Membership
from tenants.roles import ROLE_CAPABILITIES, Capability

#: So close to its day a request is marked.
SOON: Final = timedelta(days=7)


class Shown(TextChoices):
    """Which requests a list holds."""

    OPEN = "open", "Open"
    MINE = "mine", "Mine"
    APPROVAL = "approval", "Waiting for a second person"
    OVERDUE = "overdue", "Overdue"
    CLOSED = "closed", "Closed"


@dataclass(frozen=True, slots=True)
class Line:
    """A request in the list. `lateness`: "overdue", "soon" or nothing."""

    request: SubjectRequest
    lateness: str


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """Where in the audit trail a certificate stands; no position while the entry waits to be sealed."""

    position: int | None
    hash: str


def page(shown: Shown, kind: str, member: Membership, *, number: int, now: datetime) -> Page[Line]:
    """Return a page of a list: what is open by its day, what is closed newest first. Pages count from 1."""
    rows = _of(shown, member, now)
    if kind in RequestKind.values:
        rows = rows.filter(kind=kind)
    order = ("-closed_at", "-id") if shown == Shown.CLOSED else ("due_at", "id")
    rows = rows.select_related("assignee__user", "opened_by__user").order_by(*order)
    return page_of(rows, number).shown(lambda found: [Line(each, lateness(each, now)) for each in found])


def counts(member: Membership, *, now: datetime) -> dict[str, int]:
    """Return how many requests each list holds."""
    counted = SubjectRequest.objects.aggregate(
        **{shown.value: Count("id", filter=_condition(shown, member, now)) for shown in Shown}
    )
    return {name: int(count) for name, count in counted.items()}


def lateness(request: SubjectRequest, now: datetime) -> str:
    """Say how close to its day an open request is."""
    if not request.is_open:
        return ""
    if request.is_overdue(now):
        return "overdue"
    return "soon" if request.due_at - now <= SOON else ""


def handlers() -> list[Membership]:
    """Return the members who may handle requests, by name."""
    roles = [role for role, held in ROLE_CAPABILITIES.items() if Capability.HANDLE_REQUESTS in held]
    rows = Membership.objects.filter(role__in=roles, is_active=True, user__is_active=True)
    return list(rows.select_related("user").order_by("user__name", "id"))


def one(request_id: UUID) -> SubjectRequest | None:
    """Return a request with everybody it names."""
    people = ("opened_by__user", "assignee__user", "decided_by__user", "agreed_by__user", "tenant")
    found: SubjectRequest | None = SubjectRequest.objects.select_related(*people).filter(id=request_id).first()
    return found


def others_of(request: SubjectRequest) -> list[SubjectRequest]:
    """Return what else the same visitor asked, newest first."""
    if request.contact_id is None:
        return []
    rows = SubjectRequest.objects.filter(contact_id=request.contact_id).exclude(id=request.id)
    return list(rows.order_by("-received_at", "-id")[:20])


def chain_place(request: SubjectRequest) -> ChainPlace | None:
    """Return where the certificate of an erasure stands in the trail."""
    if request.closed_at is None:
        return None
    # By its instant: the trail has an index of those.
    entries = AuditEntry.objects.filter(at=request.closed_at, event=audit_events.REQUEST_ERASED, object_id=request.id)
    entry = entries.order_by("id").first()
    return None if entry is None else ChainPlace(entry.position, entry.hash or "")


def _of(shown: Shown, member: Membership, now: datetime) -> QuerySet[SubjectRequest]:
    rows: QuerySet[SubjectRequest] = SubjectRequest.objects.filter(_condition(shown, member, now))
    return rows


def _condition(shown: Shown, member: Membership, now: datetime) -> Q:
    if shown == Shown.MINE:
        return OPEN_REQUEST & Q(assignee=member)
    if shown == Shown.APPROVAL:
        return Q(state=RequestState.APPROVAL)
    if shown == Shown.OVERDUE:
        return OPEN_REQUEST & Q(due_at__lte=now)
    return ~OPEN_REQUEST if shown == Shown.CLOSED else OPEN_REQUEST
