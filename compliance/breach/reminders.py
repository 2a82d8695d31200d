"""Mails about deadlines and tasks of incidents: when one is near and when it is over, each once. Run again, no more."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import due_mail
from compliance.breach.regimes import DECIDE
from compliance.models import IncidentClock, IncidentLine, IncidentState, LineKind
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: Of a clock: the last third of its time, and a week at most.
SOON: Final = 3
MOST: Final = timedelta(days=7)
PAGE: Final = "compliance:incident"
NEAR: Final = "A deadline of an incident in your register is near."
OVER: Final = "A deadline of an incident in your register is over, and nobody has said that it was met."
UNDECIDED: Final = "An incident in your register waits to be decided on: is it a breach?"
TASK: Final = "A task of an incident in your register is due."


def remind(tenant: Tenant, *, now: datetime) -> int:
    """Mail what is to be said; return how many things were. What could not be sent is sent by the next run."""
    with tenant_scope(tenant):
        running = IncidentClock.objects.filter(done_at=None).exclude(incident__state=IncidentState.CLOSED)
        due = running.filter(overdue_told_at=None, due_at__lte=now + MOST).order_by("due_at", "id")
        waiting = [clock.id for clock in due if _calls(clock, now)]
        tasks = IncidentLine.objects.filter(
            kind=LineKind.TASK, done_at=None, reminded_at=None, due_on__lte=(now + timedelta(days=1)).date()
        ).exclude(incident__state=IncidentState.CLOSED)
        given = list(tasks.order_by("due_on", "id").values_list("id", flat=True))
    told = [_of_clock(tenant, each, now) for each in waiting]
    told += [_of_task(tenant, each, now) for each in given]
    return sum(told)


def _calls(clock: IncidentClock, now: datetime) -> bool:
    is_near = clock.due_at - now <= min(MOST, (clock.due_at - clock.started_at) / SOON)
    return (is_near or clock.due_at <= now) and not due_mail.is_told(clock, now=now)


def _of_clock(tenant: Tenant, clock_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        mine = IncidentClock.objects.select_for_update(skip_locked=True).filter(id=clock_id, done_at=None)
        clock: IncidentClock | None = mine.first()
        if clock is None or not _calls(clock, now):
            return False
        says = UNDECIDED if clock.regime == DECIDE else OVER if clock.due_at <= now else NEAR
        if not due_mail.tell_keepers(tenant, says, clock.due_at, page=PAGE, args=[clock.incident_id]):
            return False
        due_mail.note_told(clock, now=now)
    return True


def _of_task(tenant: Tenant, line_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        mine = IncidentLine.objects.select_for_update(skip_locked=True).filter(id=line_id, done_at=None)
        line: IncidentLine | None = mine.filter(reminded_at=None).first()
        if line is None or not _told_of_task(tenant, line):
            return False
        line.reminded_at = now
        line.save(update_fields=["reminded_at"])
    return True


def _told_of_task(tenant: Tenant, line: IncidentLine) -> bool:
    """Whoever has it, if they may look at it; who keeps the register otherwise."""
    if line.due_on is None:
        return False
    where = [line.incident_id]
    to_assignee = line.assignee is not None and due_mail.tell_member(
        tenant, line.assignee, TASK, line.due_on, page=PAGE, args=where
    )
    return to_assignee or due_mail.tell_keepers(tenant, TASK, line.due_on, page=PAGE, args=where)
