"""The one door to what was noted as an incident was closed. Call it inside the tenant's scope.

`chat.disclosure`, the door to what was said, is above this app; nothing else here opens anything.
"""

import logging
from typing import Final

from compliance.models import Incident
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption import opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability

UNREADABLE: Final = "This note cannot be read: its key is gone."
logger = logging.getLogger(__name__)


def note_of(incident: Incident, membership: Membership) -> str:
    """Open the note of a closed incident, for those who keep the rules; empty if there is none.

    Raises:
        NotPermittedError: The member does not decide what is masked, or is of another organisation.
    """
    require(membership, Capability.MANAGE_MASKING)
    if incident.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    if incident.note is None:
        return ""
    try:
        return opening.open_sealed(Incident.slot(incident.tenant_id, incident.id), bytes(incident.note))
    except KeyUnavailableError:
        return UNREADABLE
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": "compliance_incident"})
        return UNREADABLE
