"""A sealed answer as it comes from a visitor's browser: its shape and sizes, and that its key is one. Pure.

Sealed in the browser by an ephemeral key: ECDH over P-256, HKDF-SHA-256 (RFC 5869), AES-256-GCM, after the plain text
was padded to a multiple of 512 bytes. In effect the base mode of HPKE (RFC 9180). Nothing here has a key to it.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any, Final, Self

from helpdesk.core.signatures import POINT_BYTES, is_point

VERSION: Final = 1
SALT_BYTES: Final = 32
IV_BYTES: Final = 12
TAG_BYTES: Final = 16
BLOCK_BYTES: Final = 512
MAX_BLOCKS: Final = 8
#: As JSON; what is longer is not read.
MAX_BODY_BYTES: Final = 8 * 1024
_FIELDS: Final = frozenset({"v", "epk", "salt", "iv", "ct"})
_LETTERS: Final = re.compile(r"[A-Za-z0-9_-]*")


class BadSubmissionError(ValueError):
    """It is no sealed answer: a field is missing or too many, a size is wrong, or a point is not on the curve."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A sealed answer. `epk` is the ephemeral public point."""

    epk: bytes
    salt: bytes
    iv: bytes
    ct: bytes

    @classmethod
    def of(cls, given: Any) -> Self:
        """Return what was sent, decoded from JSON.

        Raises:
            BadSubmissionError: It is none.
        """
        if not isinstance(given, dict) or given.keys() != _FIELDS or given["v"] != VERSION or given["v"] is True:
            raise BadSubmissionError
        sealed = cls(*(_bytes(given[name]) for name in ("epk", "salt", "iv", "ct")))
        blocks, rest = divmod(len(sealed.ct) - TAG_BYTES, BLOCK_BYTES)
        if rest or not 0 < blocks <= MAX_BLOCKS:
            raise BadSubmissionError
        if len(sealed.salt) != SALT_BYTES or len(sealed.iv) != IV_BYTES:
            raise BadSubmissionError
        # A point off the curve can draw bits of the recipient's key out of what becomes of the answer (SEC 1, 3.2.2).
        if len(sealed.epk) != POINT_BYTES or not is_point(sealed.epk):
            raise BadSubmissionError
        return sealed

    def to_json(self) -> bytes:
        """Return what is handed to the recipient's browser, as it came."""
        parts = {name: encoded(getattr(self, name)) for name in ("epk", "salt", "iv", "ct")}
        return json.dumps({"v": VERSION, **parts}, separators=(",", ":")).encode()


def encoded(value: bytes) -> str:
    """Return bytes as base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decoded(value: str) -> bytes:
    """Return the bytes of such a text.

    Raises:
        BadSubmissionError: It is none.
    """
    return _bytes(value)


def fingerprint_words(fingerprint: bytes) -> str:
    """Return a key's fingerprint as people compare it: eight groups of four hexadecimal digits."""
    letters = fingerprint[:16].hex()
    return " ".join(letters[at : at + 4] for at in range(0, 32, 4))


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str) or len(value) > MAX_BODY_BYTES or not _LETTERS.fullmatch(value):
        raise BadSubmissionError
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        raise BadSubmissionError from None
