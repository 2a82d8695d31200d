"""The only kind of value that a column of text takes: an envelope made of a text that the engine has masked.

    row.subject = seal_masked(slot, ingest(text, ...))

A `str`, plain bytes or an envelope sealed past this module is refused by the column itself. `chat.delivery` seals
messages by the same rule in a type of its own (`SealedMessage`), since its inserts go past the ORM.
"""

from collections.abc import Callable
from typing import Any, Final, Self

from django.db import models

from compliance.masking import MaskedText
from tenants.encryption import Slot
from tenants.encryption.resealing import carry, renew, reseal
from tenants.encryption.sealing import seal

_MADE_HERE: Final = object()


class UnmaskedTextError(TypeError):
    """A text was about to be stored that the masking engine has not seen. The text is not repeated."""


class SealedText(bytes):
    """An envelope of a masked text. Made by `seal_masked`, by `remask`, or read from its column."""

    def __new__(cls, envelope: bytes, made: object = None) -> Self:
        if made is not _MADE_HERE:
            raise UnmaskedTextError
        return super().__new__(cls, envelope)

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        """In another process it is an envelope like any other, until it is read from its column there."""
        return bytes, (bytes(self),)


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]  # of bytes, and of SealedText only
    """A column for text."""

    description = "A masked and sealed text"

    def get_prep_value(self, value: Any) -> Any:
        if value is not None and not isinstance(value, SealedText):
            raise UnmaskedTextError(self.name)
        return super().get_prep_value(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> SealedText | None:
        return None if value is None else SealedText(bytes(value), _MADE_HERE)


def seal_masked(slot: Slot, masked: MaskedText) -> SealedText:
    """Return the envelope of a masked text, for its slot."""
    if not isinstance(masked, MaskedText):
        raise UnmaskedTextError(slot.column.decode())
    return SealedText(seal(slot, masked.text), _MADE_HERE)


def copy_sealed(source: Slot, sealed: SealedText, target: Slot) -> SealedText:
    """Return a stored text's envelope for another place."""
    return SealedText(carry(source, sealed, target), _MADE_HERE)


def renew_sealed(slot: Slot, sealed: bytes) -> SealedText:
    """Return a stored text's envelope under the newest key.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
        KeyUnavailableError: Its key does not exist any more.
    """
    return SealedText(renew(slot, sealed), _MADE_HERE)


def remask(slot: Slot, sealed: bytes, mask_again: Callable[[str], MaskedText]) -> SealedText | None:
    """Return the envelope of a stored text masked once more; None when nothing changed.

    Raises:
        UnreadableEnvelopeError: The envelope does not open in its slot.
        KeyUnavailableError: Its key does not exist any more.
        MaskingError: The masker could not finish; nothing changed.
    """

    def again(text: str) -> str:
        return _text_of(mask_again(text))

    changed = reseal(slot, sealed, again)
    return None if changed is None else SealedText(changed, _MADE_HERE)


def _text_of(masked: MaskedText) -> str:
    if not isinstance(masked, MaskedText):
        raise UnmaskedTextError
    return masked.text
