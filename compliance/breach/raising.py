"""How a detector enters what it has found: one open entry for each cause, counted when it is seen again."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from compliance import audit, audit_events
from compliance.breach import clocks
from compliance.models import Incident, IncidentCause, IncidentState
from tenants.actors import Actor
from tenants.models import Tenant


def raise_incident(
    tenant_id: UUID,
    cause: IncidentCause,
    *,
    about: str = "",
    kinds: Mapping[str, int] | None = None,
    count: int = 1,
    now: datetime,
) -> Incident:
    """Add to the open entry of a cause, or open one with its clock. Call it inside the tenant's scope.

    One that somebody has acknowledged is theirs: what is seen afterwards opens another, and is mailed again.

    Args:
        about: Which control, or what of the trail: a name out of the code.
        kinds: Names out of the code, and how often each was found.
        count: How often it was seen.
    """
    # Two detectors that see the same at once take turns.
    Tenant.objects.select_for_update(no_key=True).get(id=tenant_id)
    mine = Incident.objects.select_for_update().filter(cause=cause, about=about, state=IncidentState.OPEN)
    incident: Incident | None = mine.order_by("opened_at").first()
    if incident is None:
        incident = Incident.objects.create(tenant_id=tenant_id, cause=cause, about=about, opened_at=now)
        told = {"cause": cause.value} | ({"about": about} if about else {})
        audit.record(Actor.system(), audit_events.INCIDENT_OPENED, incident, at=now, **told)
        clocks.start_deciding(incident)
    else:
        incident.seen_at = now
    counted = dict(incident.kinds)
    for name, times in (kinds or {}).items():
        counted[name] = counted.get(name, 0) + times
    incident.kinds, incident.records = dict(sorted(counted.items())), incident.records + count
    incident.save(update_fields=["kinds", "records", "seen_at"])
    return incident
