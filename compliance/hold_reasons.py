"""The one door to why a legal hold was placed. Call it inside the tenant's scope.

`chat.disclosure`, the door to what was said, is above this app.
"""

import logging
from typing import Final

from compliance.models import LegalHold
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption import opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability

UNREADABLE: Final = "This reason cannot be read: its key is gone."
logger = logging.getLogger(__name__)


def reason_of(hold: LegalHold, membership: Membership) -> str:
    """Open the reason of a hold, for those who may place one.

    Raises:
        NotPermittedError: The member may not place holds, or is of another organisation.
    """
    require(membership, Capability.PLACE_HOLDS)
    if hold.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    try:
        return opening.open_sealed(LegalHold.slot(hold.tenant_id, hold.id), bytes(hold.reason))
    except KeyUnavailableError:
        return UNREADABLE
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": "compliance_legalhold"})
        return UNREADABLE
