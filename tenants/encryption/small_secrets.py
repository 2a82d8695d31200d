"""Small, rare secrets of an organisation: webhook and mail passwords, tickets, links. Not for content.

django-cryptography's `FernetBytes`, always with both keys, which follow from the organisation's key and the place:
Fernet has no associated data, so a secret moved to another row or organisation must meet other keys. Four bytes of
key version stand in front. Who stores one registers a `KeyUse` that seals it again when the key is turned.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature
from django_cryptography.core.signing import FernetSigner
from django_cryptography.utils.crypto import FernetBytes, InvalidToken

from helpdesk.core.aead import Cipher, UnreadableEnvelopeError
from tenants.keyring import ring
from tenants.keyring.models import Purpose

VERSION_BYTES: Final = 4
MAX_BYTES: Final = 4096


class SecretTooLongError(Exception):
    """That is content, not a small secret."""


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a small secret lives."""

    tenant_id: UUID
    table: str
    column: str
    row_id: UUID

    @property
    def label(self) -> bytes:
        return b"|".join((self.tenant_id.bytes, self.table.encode(), self.column.encode(), self.row_id.bytes))


def seal_secret(place: SecretPlace, secret: bytes) -> bytes:
    """Return the secret sealed for its place with the newest key.

    Raises:
        SecretTooLongError: It is longer than 4 KiB.
    """
    if len(secret) > MAX_BYTES:
        raise SecretTooLongError
    cipher = ring.tenant_cipher(place.tenant_id, Purpose.EXPORT)
    sealed: bytes = _fernet(cipher, place).encrypt(secret)
    return cipher.version.to_bytes(VERSION_BYTES, "big") + sealed


def open_secret(place: SecretPlace, sealed: bytes, *, max_age_s: int | None = None) -> bytes:
    """Return the secret.

    Raises:
        UnreadableEnvelopeError: It was altered, sealed for another place, or is older than `max_age_s`.
        KeyUnavailableError: Its key does not exist any more.
    """
    version = int.from_bytes(sealed[:VERSION_BYTES], "big")
    cipher = ring.tenant_cipher(place.tenant_id, Purpose.EXPORT, version)
    try:
        opened: bytes = _fernet(cipher, place).decrypt(sealed[VERSION_BYTES:], max_age_s)
    except (InvalidToken, BadSignature, ValueError):
        raise UnreadableEnvelopeError("altered, too old, or not sealed for this place") from None
    return opened


def _fernet(cipher: Cipher, place: SecretPlace) -> FernetBytes:
    encryption, signing = (cipher.derive(kind + place.label) for kind in (b"secret encrypts|", b"secret signs|"))
    return FernetBytes(encryption, FernetSigner(signing))
