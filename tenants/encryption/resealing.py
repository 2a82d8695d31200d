"""Open, change, seal: the text never leaves this module."""

from collections.abc import Callable, Mapping, Sequence

from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.encryption.opening import open_sealed
from tenants.encryption.sealing import seal
from tenants.encryption.slot import Slot
from tenants.keyring import blind_index
from tenants.keyring.ring import KeyUnavailableError


def reseal(slot: Slot, sealed: bytes, transform: Callable[[str], str]) -> bytes | None:
    """Return the envelope of the transformed text, or None when nothing changed.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
    """
    text = open_sealed(slot, sealed)
    changed = transform(text)
    return None if changed == text else seal(slot, changed)


def reseal_together(
    envelopes: Sequence[tuple[Slot, bytes]], transform: Callable[[list[str]], Mapping[int, str]]
) -> dict[int, bytes]:
    """Return the new envelopes of those texts, by index, that `transform` changes when it sees all of them.

    Raises:
        UnreadableEnvelopeError: An envelope does not open in its slot.
    """
    changed = transform([open_sealed(slot, sealed) for slot, sealed in envelopes])
    return {index: seal(envelopes[index][0], text) for index, text in changed.items()}


def reseal_readable(
    envelopes: Sequence[tuple[Slot, bytes]], transform: Callable[[list[str | None]], Mapping[int, str]]
) -> dict[int, bytes]:
    """Do what `reseal_together` does; for what was erased or altered, `transform` sees None.

    Raises:
        KeyProviderError: The provider is silent or refuses: nothing can be told of what is readable.
    """
    changed = transform([_readable(slot, sealed) for slot, sealed in envelopes])
    return {index: seal(envelopes[index][0], text) for index, text in changed.items()}


def _readable(slot: Slot, sealed: bytes) -> str | None:
    try:
        return open_sealed(slot, sealed)
    except (UnreadableEnvelopeError, KeyUnavailableError):
        return None


def carry(source: Slot, sealed: bytes, target: Slot) -> bytes:
    """Return an envelope of the same text for another place.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
        KeyUnavailableError: Its key does not exist any more.
    """
    return seal(target, open_sealed(source, sealed))


def renew(slot: Slot, sealed: bytes) -> bytes:
    """Return a new envelope of the same text, sealed with the newest key.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
        KeyUnavailableError: Its key does not exist any more.
    """
    return seal(slot, open_sealed(slot, sealed))


def index_token(slot: Slot, sealed: bytes, field: blind_index.Field) -> bytes:
    """Return the token by which a sealed e-mail address or telephone number is found, under the newest index key.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
        KeyUnavailableError: Its key, or that of the index, does not exist any more.
        UnindexableError: The text is neither.
    """
    return blind_index.token_of(slot.tenant_id, field, open_sealed(slot, sealed))
