"""Write a line of an incident: masked by every rule there is and sealed, whoever writes it."""

from datetime import date, datetime
from typing import Final

from django.views.decorators.debug import sensitive_variables

from compliance import rule_sets, surfaces
from compliance.ingest import ingest
from compliance.models import Incident, IncidentLine, LineKind
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership

MAX_LINE: Final = 1000


@sensitive_variables("text")
def write(
    incident: Incident,
    kind: LineKind,
    text: str,
    *,
    actor: Actor,
    now: datetime,
    assignee: Membership | None = None,
    due_on: date | None = None,
) -> IncidentLine:
    """Store a line, cut behind the mask. Inside the tenant's scope, by who may.

    Raises:
        MaskingError: The masker could not finish; nothing is stored.
    """
    rule_set = rule_sets.current(incident.tenant)
    masked = ingest(" ".join(text.split()), surface=surfaces.INCIDENT_LINE, rule_set=rule_set, most=MAX_LINE)
    line = IncidentLine(
        id=uuid7(), tenant_id=incident.tenant_id, incident=incident, kind=kind, masked_with=rule_set.number, at=now,
        by=actor.id, assignee=assignee, due_on=due_on,
    )  # fmt: skip
    line.text = seal_masked(IncidentLine.slot(line.tenant_id, line.id), masked)
    line.save(force_insert=True)
    return line
