"""Open an envelope: the one door to plaintext. Who may import this is fixed in pyproject.toml."""

from helpdesk.core.aead import HEADER_BYTES
from tenants.encryption.slot import Slot


def open_sealed(slot: Slot, sealed: bytes) -> str:
    """Return the text of an envelope.

    Raises:
        UnreadableEnvelopeError: It was altered, or sealed for another slot.
        KeyUnavailableError: Its key does not exist any more.
    """
    cipher, aad = slot.key(sealed[:HEADER_BYTES])
    return cipher.open(sealed, aad).decode()
