"""The one door to what members noted about data subject requests. Call it inside the tenant's scope.

`chat.disclosure`, the door to what was said, is above this app.
"""

import logging
from typing import Final

from compliance.models import RequestStep
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption import opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability

UNREADABLE: Final = "This note cannot be read: its key is gone."
logger = logging.getLogger(__name__)


def note_of_step(step: RequestStep, membership: Membership) -> str:
    """Open the note of a step, for those who handle requests; empty if there is none.

    Raises:
        NotPermittedError: The member may not handle requests, or is of another organisation.
    """
    require(membership, Capability.HANDLE_REQUESTS)
    if step.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    if step.note is None:
        return ""
    try:
        return opening.open_sealed(RequestStep.slot(step.tenant_id, step.id), bytes(step.note))
    except KeyUnavailableError:
        return UNREADABLE
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": "compliance_requeststep"})
        return UNREADABLE
