"""The one door to what people wrote about an incident: its lines, and the note it was closed with. In the scope.

`chat.disclosure`, the door to what was said, is above this app; nothing else here opens anything.
"""

import logging
from typing import Final

from compliance.models import Incident, IncidentLine
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption import Slot, opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability

UNREADABLE: Final = "This note cannot be read: its key is gone."
logger = logging.getLogger(__name__)


def note_of(incident: Incident, membership: Membership) -> str:
    """Open the note of a closed incident, for those who keep the register; empty if there is none.

    Raises:
        NotPermittedError: The member does not keep the register, or is of another organisation.
    """
    require(membership, Capability.MANAGE_INCIDENTS)
    if incident.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    if incident.note is None:
        return ""
    return _opened(Incident.slot(incident.tenant_id, incident.id), bytes(incident.note), "compliance_incident")


def lines_of(incident: Incident, membership: Membership) -> list[tuple[IncidentLine, str]]:
    """Open the lines of an incident, for those who keep the register; the oldest first.

    Raises:
        NotPermittedError: The member does not keep the register, or is of another organisation.
    """
    require(membership, Capability.MANAGE_INCIDENTS)
    if incident.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    lines = IncidentLine.objects.filter(incident=incident).select_related("assignee__user").order_by("at", "id")
    return [
        (line, _opened(IncidentLine.slot(line.tenant_id, line.id), bytes(line.text), "compliance_incidentline"))
        for line in lines
    ]


def _opened(slot: Slot, envelope: bytes, table: str) -> str:
    try:
        return opening.open_sealed(slot, envelope)
    except KeyUnavailableError:
        return UNREADABLE
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": table})
        return UNREADABLE
