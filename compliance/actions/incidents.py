"""Acknowledge and close incidents."""

from datetime import datetime
from typing import Final
from uuid import UUID

from compliance import audit, audit_events, rule_sets, surfaces
from compliance.actions.actors import require_actor
from compliance.ingest import ingest
from compliance.models import Incident, IncidentState
from compliance.sealed_text import seal_masked
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.roles import Capability
from tenants.scoping import tenant_scope

MAX_NOTE: Final = 1000


class UnknownIncidentError(LookupError):
    """The organisation has no such incident."""


class IncidentClosedError(Exception):
    """It is closed already."""


class NoteMissingError(Exception):
    """An incident is not closed without a word about what was found and done."""


def acknowledge(*, tenant: Tenant, incident_id: UUID, actor: Actor, now: datetime) -> Incident:
    """Note that somebody has seen it and is at it; one that was seen stays so, without an entry.

    Raises:
        NotPermittedError: The actor may not.
        UnknownIncidentError: There is none.
        IncidentClosedError: It is closed.
    """
    with tenant_scope(tenant):
        incident = _locked(incident_id, actor)
        if incident.state == IncidentState.OPEN:
            incident.state, incident.acknowledged_at, incident.acknowledged_by = (
                IncidentState.ACKNOWLEDGED,
                now,
                actor.id,
            )
            incident.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
            audit.record(actor, audit_events.INCIDENT_ACKNOWLEDGED, incident, at=now)
    return incident


def close(*, tenant: Tenant, incident_id: UUID, note: str, actor: Actor, now: datetime) -> Incident:
    """Close it with a note of what was found and done, masked by every rule there is and sealed: people write numbers
    and names into it.

    Raises:
        NotPermittedError: The actor may not.
        UnknownIncidentError: There is none.
        IncidentClosedError: It is closed.
        NoteMissingError: The note is empty.
        MaskingError: The masker could not finish; nothing is stored.
    """
    cleaned = " ".join(note.split())
    if not cleaned:
        raise NoteMissingError
    with tenant_scope(tenant):
        incident = _locked(incident_id, actor)
        # Cut behind the mask: a cut number would not be known as one.
        rule_set = rule_sets.current(tenant)
        masked = ingest(cleaned, surface=surfaces.INCIDENT_NOTE, rule_set=rule_set, most=MAX_NOTE)
        incident.note, incident.masked_with = (
            seal_masked(Incident.slot(tenant.id, incident.id), masked),
            rule_set.number,
        )
        incident.state, incident.closed_at, incident.closed_by = IncidentState.CLOSED, now, actor.id
        incident.save(update_fields=["note", "masked_with", "state", "closed_at", "closed_by"])
        audit.record(actor, audit_events.INCIDENT_CLOSED, incident, at=now, records=incident.records)
    return incident


def _locked(incident_id: UUID, actor: Actor) -> Incident:
    require_actor(actor, Capability.MANAGE_MASKING)
    incident: Incident | None = Incident.objects.select_for_update().filter(id=incident_id).first()
    if incident is None:
        raise UnknownIncidentError
    if incident.state == IncidentState.CLOSED:
        raise IncidentClosedError
    return incident
