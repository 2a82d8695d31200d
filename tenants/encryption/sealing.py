"""Close a text into an envelope."""

from tenants.encryption.slot import Slot


def seal(slot: Slot, text: str) -> bytes:
    """Return the envelope of `text`, bound to its slot and sealed with the newest key."""
    cipher, aad = slot.key()
    return cipher.seal(text.encode(), aad)
