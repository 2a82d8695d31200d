"""Tokens that travel by mail: they prove that whoever shows one reads the mailbox it was sent to.

Nothing is stored for the two kinds that concern a person: a token carries a digest of the state it was issued for,
so it dies with its first use, with a new password and with a newer sign-up.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from tenants.models import User

BODY: Final = struct.Struct(">16sQ16s")  # person, issued at (Unix seconds), digest of the person's state
MAC_BYTES: Final = 32
INVITATION_SECRET_BYTES: Final = 24


class BadTokenError(Exception):
    """We never issued this token, or a part of it is missing."""


class SpentTokenError(BadTokenError):
    """It was used, or a newer one has taken its place."""


class ExpiredTokenError(BadTokenError):
    """It is genuine and unused, but too old; `person` may be sent another."""

    def __init__(self, person: User) -> None:
        super().__init__()
        self.person = person


@dataclass(frozen=True, slots=True)
class PersonToken:
    """One purpose of mailed tokens."""

    purpose: str
    lifetime: timedelta

    def issue(self, person: User, *, now: datetime) -> str:
        """Return a token for the person as they are at present."""
        body = BODY.pack(person.id.bytes, int(now.timestamp()), self._state(person))
        return _encode(body + self._mac(body))

    def read(self, token: str, *, now: datetime) -> User:
        """Return the person a token was sent to, their row locked: call it inside a transaction.

        Raises:
            ExpiredTokenError: It is too old.
            SpentTokenError: It was used already, or replaced.
            BadTokenError: It is none of ours.
        """
        body, mac = _decode(token, BODY.size + MAC_BYTES, BODY.size)
        if not hmac.compare_digest(mac, self._mac(body)):
            raise BadTokenError
        person_id, issued_s, state = BODY.unpack(body)
        person = User.objects.select_for_update().filter(id=UUID(bytes=person_id), is_active=True).first()
        if person is None:
            raise BadTokenError
        if not hmac.compare_digest(state, self._state(person)):
            raise SpentTokenError
        if now.timestamp() - issued_s > self.lifetime.total_seconds():
            raise ExpiredTokenError(person)
        return person

    def _mac(self, body: bytes) -> bytes:
        return salted_hmac(f"tenants.tokens.{self.purpose}", body, algorithm="sha256").digest()

    def _state(self, person: User) -> bytes:
        facts = (person.email, person.password, person.email_confirmed_at, person.last_login, person.session_epoch)
        text = "|".join(map(str, facts))
        return salted_hmac(f"tenants.tokens.{self.purpose}.state", text, algorithm="sha256").digest()[:16]


CONFIRMATION: Final = PersonToken("confirmation", timedelta(hours=24))
UNLOCK: Final = PersonToken("unlock", timedelta(hours=1))
PASSWORD_RESET: Final = PersonToken("password-reset", timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT))


@dataclass(frozen=True, slots=True)
class RowToken:
    """A token that stands for a row: whether it was used is the row's to say."""

    purpose: str

    def issue(self, row_id: UUID) -> str:
        """Return the token of a row; always the same, so that it can be mailed again."""
        return _encode(row_id.bytes + self._mac(row_id.bytes))

    def read(self, token: str) -> UUID:
        """Return the row's id.

        Raises:
            BadTokenError: It is none of ours.
        """
        row_id, mac = _decode(token, 16 + MAC_BYTES, 16)
        if not hmac.compare_digest(mac, self._mac(row_id)):
            raise BadTokenError
        return UUID(bytes=row_id)

    def _mac(self, row_id: bytes) -> bytes:
        return salted_hmac(f"tenants.tokens.{self.purpose}", row_id, algorithm="sha256").digest()


#: Of a change of address: mailed to the wanted one to open, to the former one to take it back.
EMAIL_WANTED: Final = RowToken("email-wanted")
EMAIL_FORMER: Final = RowToken("email-former")


@dataclass(frozen=True, slots=True)
class InvitationKey:
    """What an invitation is found by: its organisation and the hash of the mailed secret, which is not stored."""

    tenant_id: UUID
    digest: bytes

    @classmethod
    def new(cls, tenant_id: UUID) -> tuple["InvitationKey", str]:
        """Return a fresh key and the token to mail."""
        token = _encode(tenant_id.bytes + secrets.token_bytes(INVITATION_SECRET_BYTES))
        return cls.of(token), token

    @classmethod
    def of(cls, token: str) -> "InvitationKey":
        """Return the key of a mailed token.

        Raises:
            BadTokenError: It has not the form of one.
        """
        tenant_id, secret = _decode(token, 16 + INVITATION_SECRET_BYTES, 16)
        return cls(UUID(bytes=tenant_id), hashlib.sha256(tenant_id + secret).digest())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(token: str, size: int, cut: int) -> tuple[bytes, bytes]:
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise BadTokenError from None
    if len(data) != size:
        raise BadTokenError
    return data[:cut], data[cut:]
