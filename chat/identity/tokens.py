"""Check a token by which an organisation's site vouches for a visitor: a JWT (RFC 7519), signed (RFC 7515). Pure.

PyJWT reads the signed text and checks the signature. Ours is what it leaves to its callers, or takes more gently: one
form for each token, names once, the key and its algorithm out of our own list, and the claims, by our own clock.

What the token says of itself decides nothing but which of the organisation's keys is meant. The algorithm belongs to
the key, so none can be made to stand for another, and keys that come along in the header (`jwk`, `jku`, `x5u`) are not
looked at (RFC 8725, sections 3.1, 3.5 and 3.10).
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from jwt import PyJWS
from jwt.exceptions import InvalidKeyError, InvalidSignatureError, InvalidTokenError

from helpdesk.core.public_keys import pem_of

MAX_TOKEN: Final = 4096
MAX_LIFE: Final = timedelta(hours=1)
#: How far two clocks may be apart.
LEEWAY: Final = timedelta(seconds=30)
MAX_SUBJECT: Final = 255
MAX_JTI: Final = 128
MAX_KID: Final = 64
MAX_AUDIENCES: Final = 5

# Three parts of base64url and no padding (RFC 7515, section 7.1).
_FORM: Final = re.compile(r"[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){2}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Algorithm(StrEnum):
    """How a key signs (RFC 7518, section 3.2; RFC 8037, section 3.1)."""

    HS256 = "HS256"
    EDDSA = "EdDSA"


_JWS: Final = PyJWS([each.value for each in Algorithm], {"enforce_minimum_key_length": True})


class Refusal(StrEnum):
    """What is wrong with a token, by name."""

    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    UNSIGNED = "unsigned"
    UNKNOWN_KEY = "unknown_key"
    RETIRED_KEY = "retired_key"
    WRONG_ALGORITHM = "wrong_algorithm"
    BAD_SIGNATURE = "bad_signature"
    MISSING_CLAIM = "missing_claim"
    BAD_CLAIM = "bad_claim"
    WRONG_AUDIENCE = "wrong_audience"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    TOO_LONG_LIVED = "too_long_lived"
    # Of where and when it was used, not of the token alone (`chat.actions.identifying`).
    REPLAYED = "replayed"
    WRONG_SITE = "wrong_site"


class TokenRefusedError(Exception):
    """A token vouches for nobody. It is not repeated; `claim` names the claim it is about, if it is about one."""

    def __init__(self, refusal: Refusal, claim: str = "") -> None:
        super().__init__(f"{refusal.value} {claim}".strip())
        self.refusal, self.claim = refusal, claim


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key of an organisation. `material` returns the secret of HS256, or the 32 bytes of a public key for EdDSA,
    and is called for the key that is meant alone; without it the key is retired."""

    kid: str
    algorithm: Algorithm
    material: Callable[[], bytes] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that was signed, is for us, and counts now. Name and address are as the site has them."""

    kid: str
    subject: str = field(repr=False)
    jti: str = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


def verify(token: object, *, keys: Iterable[VerificationKey], audience: str, now: datetime) -> Claims:
    """Return what a token says.

    Args:
        token: As it came in, whatever it is.
        keys: The organisation's, retired ones too, so that these are refused by name.
        audience: What the organisation is called as one.
        now: When.

    Raises:
        TokenRefusedError: It vouches for nobody.
    """
    text = _formed(token)
    key = _meant(_header(text), keys, is_signed=not text.endswith("."))
    # Only now is anything believed, or told apart, that stands in it.
    return _claims(_object(_signed(text, key)), key, audience, now)


def _formed(token: object) -> str:
    if not isinstance(token, str):
        raise TokenRefusedError(Refusal.MALFORMED)
    if len(token) > MAX_TOKEN:
        raise TokenRefusedError(Refusal.TOO_LONG)
    if not _FORM.fullmatch(token):
        raise TokenRefusedError(Refusal.MALFORMED)
    return token


def _header(text: str) -> Mapping[str, Any]:
    part = text.partition(".")[0]
    try:
        return _object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        raise TokenRefusedError(Refusal.MALFORMED) from None


def _signed(text: str, key: VerificationKey) -> bytes:
    """Return what was signed by this very key; base64url is taken in its one form alone."""
    material = key.material() if key.material is not None else b""
    try:
        half = pem_of(material) if key.algorithm is Algorithm.EDDSA else material
        payload: bytes = _JWS.decode(text, half, algorithms=[key.algorithm.value])
    except (InvalidSignatureError, InvalidKeyError, ValueError):
        # A key that is none signs nothing.
        raise TokenRefusedError(Refusal.BAD_SIGNATURE) from None
    except InvalidTokenError:
        raise TokenRefusedError(Refusal.MALFORMED) from None
    return payload


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        held = json.loads(text.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise TokenRefusedError(Refusal.MALFORMED) from None
    if not isinstance(held, dict):
        raise TokenRefusedError(Refusal.MALFORMED)
    return held


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Names given twice are read differently by different programs (RFC 7519, section 4)."""
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError
    return held


def _no_number(_: str) -> None:
    """NaN and the infinities are no JSON."""
    raise ValueError


def _meant(header: Mapping[str, Any], keys: Iterable[VerificationKey], *, is_signed: bool) -> VerificationKey:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or "crit" in header:
        # What a header calls critical has to be understood, and we know of nothing (RFC 7515, section 4.1.11).
        raise TokenRefusedError(Refusal.MALFORMED)
    if algorithm.lower() == "none" or not is_signed:
        raise TokenRefusedError(Refusal.UNSIGNED)
    kid = header.get("kid")
    if not isinstance(kid, str) or len(kid) > MAX_KID:
        raise TokenRefusedError(Refusal.UNKNOWN_KEY)
    key = next((one for one in keys if one.kid == kid), None)
    if key is None:
        raise TokenRefusedError(Refusal.UNKNOWN_KEY)
    if key.material is None:
        raise TokenRefusedError(Refusal.RETIRED_KEY)
    if algorithm != key.algorithm:
        raise TokenRefusedError(Refusal.WRONG_ALGORITHM)
    return key


def _claims(held: Mapping[str, Any], key: VerificationKey, audience: str, now: datetime) -> Claims:
    _for_us(held, audience)
    issued_at, expires_at = _instant(held, "iat"), _instant(held, "exp")
    not_before = _instant(held, "nbf") if "nbf" in held else issued_at
    if expires_at <= issued_at:
        raise TokenRefusedError(Refusal.BAD_CLAIM, "exp")
    if expires_at - issued_at > MAX_LIFE:
        raise TokenRefusedError(Refusal.TOO_LONG_LIVED, "exp")
    if now - LEEWAY > expires_at:
        raise TokenRefusedError(Refusal.EXPIRED, "exp")
    if max(issued_at, not_before) > now + LEEWAY:
        raise TokenRefusedError(Refusal.NOT_YET_VALID, "iat" if issued_at > now + LEEWAY else "nbf")
    return Claims(
        kid=key.kid,
        subject=_text(held, "sub", MAX_SUBJECT),
        jti=_text(held, "jti", MAX_JTI),
        issued_at=issued_at,
        expires_at=expires_at,
        name=_if_given(held, "name"),
        email=_if_given(held, "email"),
    )


def _for_us(held: Mapping[str, Any], audience: str) -> None:
    if (given := held.get("aud")) is None:
        raise TokenRefusedError(Refusal.MISSING_CLAIM, "aud")
    named = given if isinstance(given, list) else [given]
    if len(named) > MAX_AUDIENCES or not all(isinstance(one, str) for one in named):
        raise TokenRefusedError(Refusal.BAD_CLAIM, "aud")
    if audience not in named:
        raise TokenRefusedError(Refusal.WRONG_AUDIENCE, "aud")


def _instant(held: Mapping[str, Any], claim: str) -> datetime:
    """Seconds since 1970 in UTC (RFC 7519, section 2, NumericDate)."""
    if (given := held.get(claim)) is None:
        raise TokenRefusedError(Refusal.MISSING_CLAIM, claim)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TokenRefusedError(Refusal.BAD_CLAIM, claim)
    try:
        return datetime.fromtimestamp(given, UTC)
    except (ValueError, OverflowError, OSError):
        raise TokenRefusedError(Refusal.BAD_CLAIM, claim) from None


def _text(held: Mapping[str, Any], claim: str, most: int) -> str:
    if (given := held.get(claim)) is None:
        raise TokenRefusedError(Refusal.MISSING_CLAIM, claim)
    if not isinstance(given, str) or not given.strip() or len(given) > most or _CONTROL.search(given):
        raise TokenRefusedError(Refusal.BAD_CLAIM, claim)
    return given


def _if_given(held: Mapping[str, Any], claim: str) -> str | None:
    """Name or address; one that is none is left out later, and keeps nobody from being vouched for."""
    given = held.get(claim)
    if given is None or isinstance(given, str):
        return given
    raise TokenRefusedError(Refusal.BAD_CLAIM, claim)
