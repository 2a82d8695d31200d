"""What the register says of itself, for its pages and for the evidence. Call these inside the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count

from compliance.breach.regimes import DECIDE, REGIMES, Regime
from compliance.models import Decision, Incident, IncidentClock, IncidentContact, IncidentLine, IncidentState, LineKind
from helpdesk.core.ids import reference


@dataclass(frozen=True, slots=True)
class RegisterFacts:
    """How the register stands. `next_due_at`: the nearest deadline that runs."""

    open: int
    undecided: int
    breaches: int
    running: int
    overdue: int
    tasks_overdue: int
    next_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One deadline as people read it."""

    clock: IncidentClock
    regime: Regime
    is_overdue: bool
    is_late: bool
    may_be_said: bool


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody an incident concerns: a reference, and the conversation through which they are looked at."""

    reference: str
    conversation_id: UUID
    found_by: str


def facts(*, now: datetime) -> RegisterFacts:
    """Return counts over what is not closed."""
    live = Incident.objects.exclude(state=IncidentState.CLOSED)
    running = IncidentClock.objects.filter(done_at=None).exclude(incident__state=IncidentState.CLOSED)
    tasks = IncidentLine.objects.filter(kind=LineKind.TASK, done_at=None, due_on__lt=now.date())
    by_decision = dict(live.values_list("decision").annotate(count=Count("id")).order_by("decision"))
    return RegisterFacts(
        open=sum(by_decision.values()),
        undecided=by_decision.get(Decision.OPEN, 0),
        breaches=by_decision.get(Decision.BREACH, 0),
        running=running.count(),
        overdue=running.filter(due_at__lt=now).count(),
        tasks_overdue=tasks.exclude(incident__state=IncidentState.CLOSED).count(),
        next_due_at=running.filter(due_at__gte=now).order_by("due_at").values_list("due_at", flat=True).first(),
    )


def clocks_of(incident: Incident, *, now: datetime) -> list[ClockLine]:
    """Return an incident's deadlines, the nearest first."""
    is_open = incident.state != IncidentState.CLOSED
    rows = IncidentClock.objects.filter(incident=incident).order_by("due_at", "regime")
    return [
        ClockLine(
            row, REGIMES[row.regime], is_open and row.is_overdue(now),
            row.done_at is not None and row.done_at > row.due_at,
            is_open and row.done_at is None and row.regime != DECIDE,
        )
        for row in rows
        if row.regime in REGIMES
    ]  # fmt: skip


def nearest(incidents: Sequence[Incident]) -> dict[UUID, IncidentClock]:
    """Return the deadline of each incident that is over soonest."""
    ids = [one.id for one in incidents if one.state != IncidentState.CLOSED]
    rows = IncidentClock.objects.filter(incident_id__in=ids, done_at=None).order_by("-due_at", "id")
    return {row.incident_id: row for row in rows}


def people_of(incident: Incident, limit: int) -> list[Person]:
    """Return whom an incident concerns, those listed first before others."""
    rows = IncidentContact.objects.filter(incident=incident).order_by("added_at", "id")[:limit]
    return [Person(reference(row.contact_id), row.conversation_id, row.get_found_by_display()) for row in rows]


def people_count(incident: Incident) -> int:
    """Return how many people are on an incident's list."""
    return int(IncidentContact.objects.filter(incident=incident).count())


def overdue_tasks(lines: list[IncidentLine], today: date) -> set[UUID]:
    """Return which of these lines are tasks whose day is over."""
    return {line.id for line in lines if line.is_overdue(today)}
