"""What people do about an incident: report one, say what was told to whom, write remarks, give and finish tasks."""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from compliance import audit, audit_events, incident_lines
from compliance.actions.incidents import LONGEST_KNOWN, ImpossibleTimeError, NoteMissingError, locked
from compliance.breach import clocks
from compliance.breach.regimes import DECIDE
from compliance.models import Incident, IncidentCause, IncidentClock, IncidentLine, LineKind
from tenants.actors import Actor, ActorKind
from tenants.models import Membership, Tenant
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope

#: A member reports no more entries than this in a day: more is one incident, or a prank.
MOST_A_DAY: Final = 20


class UnknownPartError(LookupError):
    """The incident has no such deadline or task, or somebody was quicker."""


class UnknownAssigneeError(LookupError):
    """Nobody who is active has that id."""


class TooManyReportsError(Exception):
    """This member has reported as much today as one may."""


@sensitive_variables("text")
def report_incident(
    *, tenant: Tenant, text: str, actor: Actor, now: datetime, aware_at: datetime | None = None
) -> Incident:
    """Enter what a member has noticed. Anybody who belongs to the organisation may; its keepers are mailed.

    Raises:
        NotPermittedError: The actor is no active member.
        NoteMissingError: Nothing is said.
        ImpossibleTimeError: Nobody can have known of it then.
        TooManyReportsError: They reported many today.
        MaskingError: The masker could not finish; nothing is stored.
    """
    if not text.strip():
        raise NoteMissingError
    if aware_at is not None and not now - LONGEST_KNOWN <= aware_at <= now:
        raise ImpossibleTimeError
    with tenant_scope(tenant):
        _require_member(actor)
        of_today = IncidentLine.objects.filter(kind=LineKind.REPORT, by=actor.id, at__gt=now - timedelta(days=1))
        if of_today.count() >= MOST_A_DAY:
            raise TooManyReportsError
        incident: Incident = Incident.objects.create(
            tenant=tenant, cause=IncidentCause.PERSON, records=1, opened_at=now, aware_at=aware_at
        )
        incident_lines.write(incident, LineKind.REPORT, text, actor=actor, now=now)
        clocks.start_deciding(incident)
        audit.record(actor, audit_events.INCIDENT_OPENED, incident, at=now, cause=IncidentCause.PERSON.value)
    return incident


def mark_told(*, tenant: Tenant, incident_id: UUID, regime: str, actor: Actor, now: datetime) -> IncidentClock:
    """Say that whom a deadline is about was told.

    Raises:
        NotPermittedError, UnknownIncidentError, IncidentClosedError: As the names say.
        UnknownPartError: No such deadline runs.
    """
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        clock = next((one for one in clocks.running(incident) if one.regime == regime), None)
        if clock is None or regime == DECIDE:
            raise UnknownPartError
        clock.done_at, clock.done_by = now, actor.id
        clock.save(update_fields=["done_at", "done_by"])
        audit.record(actor, audit_events.INCIDENT_TOLD, incident, at=now, regime=regime, in_time=not clock.due_at < now)
    return clock


@sensitive_variables("text")
def add_remark(*, tenant: Tenant, incident_id: UUID, text: str, actor: Actor, now: datetime) -> IncidentLine:
    """Write down what was found or done.

    Raises:
        NotPermittedError, UnknownIncidentError, IncidentClosedError: As the names say.
        NoteMissingError: Nothing is said.
        MaskingError: The masker could not finish; nothing is stored.
    """
    if not text.strip():
        raise NoteMissingError
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        line = incident_lines.write(incident, LineKind.REMARK, text, actor=actor, now=now)
        audit.record(actor, audit_events.INCIDENT_NOTED, incident, at=now, line=line.id)
    return line


@sensitive_variables("text")
def add_task(
    *, tenant: Tenant, incident_id: UUID, text: str, assignee_id: UUID | None, due_on: date | None, actor: Actor,
    now: datetime,
) -> IncidentLine:  # fmt: skip
    """Give somebody something to do about it.

    Raises:
        NotPermittedError, UnknownIncidentError, IncidentClosedError: As the names say.
        NoteMissingError: Nothing is said.
        UnknownAssigneeError: Nobody active has that id.
        MaskingError: The masker could not finish; nothing is stored.
    """
    if not text.strip():
        raise NoteMissingError
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        assignee = None
        if assignee_id is not None:
            assignee = Membership.objects.filter(id=assignee_id, is_active=True, user__is_active=True).first()
            if assignee is None:
                raise UnknownAssigneeError
        line = incident_lines.write(
            incident, LineKind.TASK, text, actor=actor, now=now, assignee=assignee, due_on=due_on
        )
        audit.record(
            actor, audit_events.INCIDENT_TASK_GIVEN, incident, at=now, line=line.id,
            assignee=None if assignee is None else assignee.id, due=due_on.isoformat() if due_on else None,
        )  # fmt: skip
    return line


def finish_task(*, tenant: Tenant, incident_id: UUID, line_id: UUID, actor: Actor, now: datetime) -> IncidentLine:
    """Say that a task is done.

    Raises:
        NotPermittedError, UnknownIncidentError, IncidentClosedError: As the names say.
        UnknownPartError: There is no such task, or it is done.
    """
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        tasks = IncidentLine.objects.select_for_update().filter(incident=incident, kind=LineKind.TASK, done_at=None)
        line: IncidentLine | None = tasks.filter(id=line_id).first()
        if line is None:
            raise UnknownPartError
        line.done_at, line.done_by = now, actor.id
        line.save(update_fields=["done_at", "done_by"])
        audit.record(actor, audit_events.INCIDENT_TASK_DONE, incident, at=now, line=line.id)
    return line


def _require_member(actor: Actor) -> None:
    is_member = actor.kind == ActorKind.MEMBER and actor.id is not None
    if not is_member or not Membership.objects.filter(id=actor.id or UUID(int=0), is_active=True).exists():
        raise NotPermittedError("member")
