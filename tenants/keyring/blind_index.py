"""Find a contact by e-mail address, telephone number or what a site calls them, none of it stored in clear: by a keyed
hash of the whole.

The hash is HMAC-SHA256 under a key derived from the organisation's index key, cut to 16 bytes; equal values of one
organisation give equal tokens, of two organisations they don't. Whoever reads the tokens learns which are equal, and
with the key could try values: they stay personal data.

After the index key was turned, tokens of the old version are still found until they are renewed: look for
`tokens_of()`, store `token_of()`. Who stores tokens registers a `KeyUse` that renews them.
"""

import hmac
import re
from enum import StrEnum
from typing import Final
from uuid import UUID

import phonenumbers

from tenants.addresses import BadAddressError, normal_email
from tenants.keyring import ring
from tenants.keyring.models import Purpose, TenantKey
from tenants.keyring.scope import keys_scope


class Field(StrEnum):
    """What can be looked for."""

    EMAIL = "email"
    PHONE = "phone"
    # As it is: to whoever names people so, a letter in another case is somebody else.
    SUBJECT = "subject"


TOKEN_BYTES: Final = 16
_ABROAD: Final = re.compile(r"\A\s*00(?=[\s()./-]*[1-9])")


class UnindexableError(Exception):
    """The value is no e-mail address or telephone number; it is not repeated."""


def token_of(tenant_id: UUID, field: Field, value: str, *, region: str | None = None) -> bytes:
    """Return the token to store: four bytes of key version, then the hash.

    Args:
        region: Country of a telephone number without a country code, as `DE`.

    Raises:
        UnindexableError: The value is no e-mail address, or no telephone number.
    """
    return _token(tenant_id, field, _normal(field, value, region), None)


def tokens_of(tenant_id: UUID, field: Field, value: str, *, region: str | None = None) -> list[bytes]:
    """Return the tokens to look for, newest first: one for each version of the index key there is.

    Raises:
        UnindexableError: The value is no e-mail address, or no telephone number.
    """
    normal = _normal(field, value, region)
    with keys_scope(tenant_id):
        rows = TenantKey.objects.filter(purpose=Purpose.INDEX).order_by("-version")
        versions = list(rows.values_list("version", flat=True))
    return [_token(tenant_id, field, normal, version) for version in versions]


def field_of(value: str) -> Field:
    """Return what a text looks like that somebody types to find a contact."""
    return Field.EMAIL if "@" in value else Field.PHONE


def check(field: Field, value: str, *, region: str | None = None) -> None:
    """Let an e-mail address or a telephone number pass.

    Raises:
        UnindexableError: It is neither.
    """
    _normal(field, value, region)


def _token(tenant_id: UUID, field: Field, normal: str, version: int | None) -> bytes:
    cipher = ring.tenant_cipher(tenant_id, Purpose.INDEX, version)
    key = cipher.derive(b"blind index|" + field.value.encode())
    return cipher.version.to_bytes(4, "big") + hmac.digest(key, normal.encode(), "sha256")[:TOKEN_BYTES]


def _normal(field: Field, value: str, region: str | None) -> str:
    if field == Field.SUBJECT:
        return value
    try:
        if field == Field.EMAIL:
            return normal_email(value)
        # As it is dialled abroad: 0049… is +49….
        number = phonenumbers.parse(_ABROAD.sub("+", value, count=1), region)
    except (BadAddressError, phonenumbers.NumberParseException):
        raise UnindexableError(field) from None
    if not phonenumbers.is_possible_number(number):
        raise UnindexableError(field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
