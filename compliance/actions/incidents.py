"""Acknowledge incidents, decide whether they are breaches, and close them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from compliance import audit, audit_events, incident_lines, rule_sets, surfaces
from compliance.actions.actors import require_actor
from compliance.breach import clocks
from compliance.breach.regimes import LAWS, Risk
from compliance.ingest import ingest
from compliance.models import Decision, Incident, IncidentLine, IncidentState, LineKind
from compliance.sealed_text import seal_masked
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.roles import Capability
from tenants.scoping import tenant_scope

MAX_NOTE: Final = 1000
#: A person may have known of it for longer than the register.
LONGEST_KNOWN: Final = timedelta(days=365)


class UnknownIncidentError(LookupError):
    """The organisation has no such incident."""


class IncidentClosedError(Exception):
    """It is closed already."""


class NoteMissingError(Exception):
    """An incident is not closed, nor decided on, without a word about it."""


class UndecidedError(Exception):
    """Nobody has decided whether it is a breach."""


class StillOpenError(Exception):
    """A deadline runs or a task is not done, and nobody has said why that may be left."""


class ImpossibleTimeError(ValueError):
    """It was known of before it was found, by more than may be, or in the future."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides about an incident. `aware_at`: from when the organisation knew, if not from its entry."""

    decision: Decision
    risk: Risk
    laws: Collection[str] = ()
    data: Collection[str] = ()
    people: int = 0
    reason: str = ""
    aware_at: datetime | None = None


def acknowledge(*, tenant: Tenant, incident_id: UUID, actor: Actor, now: datetime) -> Incident:
    """Note that somebody has seen it and is at it; one that was seen stays so, without an entry.

    Raises:
        NotPermittedError: The actor may not.
        UnknownIncidentError: There is none.
        IncidentClosedError: It is closed.
    """
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        if incident.state == IncidentState.OPEN:
            incident.state, incident.acknowledged_at, incident.acknowledged_by = (
                IncidentState.ACKNOWLEDGED,
                now,
                actor.id,
            )
            incident.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
            audit.record(actor, audit_events.INCIDENT_ACKNOWLEDGED, incident, at=now)
    return incident


@sensitive_variables("verdict")
def decide(*, tenant: Tenant, incident_id: UUID, verdict: Verdict, actor: Actor, now: datetime) -> Incident:
    """Decide whether it is a breach, and why; what follows from it begins to run. It can be decided anew until closed.

    Raises:
        NotPermittedError: The actor may not.
        UnknownIncidentError: There is none.
        IncidentClosedError: It is closed.
        NoteMissingError: There is no reason.
        ImpossibleTimeError: Nobody can have known of it then.
        MaskingError: The masker could not finish; nothing is stored.
    """
    if not (cleaned := " ".join(verdict.reason.split())):
        raise NoteMissingError
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        if verdict.aware_at is not None and not incident.opened_at - LONGEST_KNOWN <= verdict.aware_at <= now:
            raise ImpossibleTimeError
        incident_lines.write(incident, LineKind.ASSESSMENT, cleaned, actor=actor, now=now)
        incident.decision, incident.decided_at, incident.decided_by = verdict.decision, now, actor.id
        incident.aware_at = verdict.aware_at
        is_breach = verdict.decision == Decision.BREACH
        laws = sorted(LAWS.keys() & set(verdict.laws)) if is_breach else []
        incident.verdict = {
            "laws": laws, "risk": verdict.risk.value, "people": verdict.people, "data": sorted(verdict.data),
        }  # fmt: skip
        if incident.state == IncidentState.OPEN:
            incident.state, incident.acknowledged_at, incident.acknowledged_by = (
                IncidentState.ACKNOWLEDGED, now, actor.id,
            )  # fmt: skip
        incident.save()
        clocks.decided(incident, actor.id, now)
        clocks.follow(incident, laws, verdict.risk, verdict.people)
        audit.record(
            actor, audit_events.INCIDENT_DECIDED, incident, at=now, decision=verdict.decision.value,
            risk=verdict.risk.value, people=verdict.people, laws=", ".join(laws),
        )  # fmt: skip
    return incident


@sensitive_variables("note", "left_open")
def close(
    *, tenant: Tenant, incident_id: UUID, note: str, actor: Actor, now: datetime, left_open: str = ""
) -> Incident:
    """Close it with a note of what was found and done, masked by every rule there is and sealed: people write numbers
    and names into it.

    Args:
        left_open: Why it is closed although a deadline runs or a task is not done.

    Raises:
        NotPermittedError: The actor may not.
        UnknownIncidentError: There is none.
        IncidentClosedError: It is closed.
        NoteMissingError: The note is empty.
        UndecidedError: It is not decided whether it is a breach.
        StillOpenError: Something is open, and no reason is given.
        MaskingError: The masker could not finish; nothing is stored.
    """
    cleaned = " ".join(note.split())
    if not cleaned:
        raise NoteMissingError
    with tenant_scope(tenant):
        incident = locked(incident_id, actor)
        if incident.decision == Decision.OPEN:
            raise UndecidedError
        facts = {"records": incident.records}
        if left := open_ends(incident):
            if not (why := " ".join(left_open.split())):
                raise StillOpenError
            incident_lines.write(incident, LineKind.LEFT_OPEN, why, actor=actor, now=now)
            facts["left_open"] = left
        # Cut behind the mask: a cut number would not be known as one.
        rule_set = rule_sets.current(tenant)
        masked = ingest(cleaned, surface=surfaces.INCIDENT_NOTE, rule_set=rule_set, most=MAX_NOTE)
        incident.note, incident.masked_with = (
            seal_masked(Incident.slot(tenant.id, incident.id), masked),
            rule_set.number,
        )
        incident.state, incident.closed_at, incident.closed_by = IncidentState.CLOSED, now, actor.id
        incident.save(update_fields=["note", "masked_with", "state", "closed_at", "closed_by"])
        audit.record(actor, audit_events.INCIDENT_CLOSED, incident, at=now, **facts)
    return incident


def open_ends(incident: Incident) -> int:
    """Return how many deadlines run and tasks are not done. Inside the tenant's scope."""
    tasks = IncidentLine.objects.filter(incident=incident, kind=LineKind.TASK, done_at=None)
    return len(clocks.running(incident)) + tasks.count()


def locked(incident_id: UUID, actor: Actor) -> Incident:
    """Return an incident that is not closed, locked, for who may. Inside the tenant's scope.

    Raises:
        NotPermittedError, UnknownIncidentError, IncidentClosedError: As the names say.
    """
    require_actor(actor, Capability.MANAGE_INCIDENTS)
    incident: Incident | None = Incident.objects.select_for_update().filter(id=incident_id).first()
    if incident is None:
        raise UnknownIncidentError
    if incident.state == IncidentState.CLOSED:
        raise IncidentClosedError
    return incident
