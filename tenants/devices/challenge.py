"""What a browser signs to show that it holds its key: made for one session, good for a minute, accepted once.

It is told by its own code that we made it, so nothing is kept of it until it is spent.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
from typing import Final

from django.conf import settings

from helpdesk.core import names, valkey

LIFE_S: Final = 60
_BODY: Final = struct.Struct(">16sd")
_MAC_BYTES: Final = 32
#: Begins what is signed, so that a signature made here means nothing elsewhere.
PREFIX: Final = b"hushdesk device proof v1|"


class BadChallengeError(Exception):
    """We did not make it for this session, it is too old, or it was answered before."""


def issue(session_hash: bytes, *, now: float) -> str:
    """Return a challenge for the session known by a hash."""
    body = _BODY.pack(secrets.token_bytes(16), now)
    return base64.urlsafe_b64encode(body + _mac(session_hash, body)).decode()


def spend(challenge: str, session_hash: bytes, *, now: float) -> bytes:
    """Take a challenge, which is gone by this, and return what has to be signed.

    Raises:
        BadChallengeError: It is none to answer.
        redis.RedisError: Nobody can say whether it was answered before.
    """
    try:
        given = base64.b64decode(challenge, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadChallengeError from None
    body, mac = given[: _BODY.size], given[_BODY.size :]
    if len(given) != _BODY.size + _MAC_BYTES or not hmac.compare_digest(mac, _mac(session_hash, body)):
        raise BadChallengeError
    _, issued_at = _BODY.unpack(body)
    if not -1 <= now - issued_at < LIFE_S:
        raise BadChallengeError
    spent = names.key("device-challenge", None, hashlib.sha256(body).hexdigest())
    if not valkey.client().set(spent, 1, nx=True, ex=2 * LIFE_S):
        raise BadChallengeError
    return PREFIX + challenge.encode()


def _mac(session_hash: bytes, body: bytes) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), b"device-challenge|" + session_hash + body, hashlib.sha256).digest()
