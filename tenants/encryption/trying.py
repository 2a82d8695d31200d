"""Whether an envelope opens: the text never leaves this module."""

from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption.opening import open_sealed
from tenants.encryption.slot import Slot
from tenants.keyring.ring import KeyUnavailableError


def opens(slot: Slot, sealed: bytes) -> bool:
    """Whether the keys there are now open an envelope in its slot; false for what was erased or altered.

    Raises:
        KeyProviderError: The provider is silent or refuses: nothing can be told.
    """
    try:
        open_sealed(slot, sealed)
    except (UnreadableEnvelopeError, KeyUnavailableError):
        return False
    return True
