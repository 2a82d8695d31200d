"""Open, change, seal: the text never leaves this module."""

from collections.abc import Callable

from tenants.encryption.opening import open_sealed
from tenants.encryption.sealing import seal
from tenants.encryption.slot import Slot


def reseal(slot: Slot, sealed: bytes, transform: Callable[[str], str]) -> bytes | None:
    """Return the envelope of the transformed text, or None when nothing changed.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
    """
    text = open_sealed(slot, sealed)
    changed = transform(text)
    return None if changed == text else seal(slot, changed)
