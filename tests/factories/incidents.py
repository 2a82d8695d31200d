"""Incidents decided on for tests, by the step that people take."""

from datetime import datetime
from typing import Any

from compliance.actions import incidents
from compliance.actions.incidents import Verdict
from compliance.breach.raising import raise_incident
from compliance.breach.regimes import Risk
from compliance.models import Decision, Incident, IncidentCause
from tenants.models import Tenant
from tenants.scoping import tenant_scope


def raised(tenant: Tenant, now: datetime, cause: IncidentCause = IncidentCause.PROBE, **told: Any) -> Incident:
    """Let a detector find something."""
    with tenant_scope(tenant):
        return raise_incident(tenant.id, cause, now=now, **told)


def decided(incident: Incident, by: dict[str, Any], **verdict: Any) -> Incident:
    """Decide on an incident: no breach, unless something else is said. `by`: organisation, actor and moment."""
    told = {"decision": Decision.NONE, "risk": Risk.LOW, "reason": "Nobody came to harm.", **verdict}
    return incidents.decide(incident_id=incident.id, verdict=Verdict(**told), **by)
