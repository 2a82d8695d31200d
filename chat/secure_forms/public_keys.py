"""A public key as an organisation gives it: PEM or JWK, of P-256 and nothing else. Pure."""

import json
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from chat.secure_forms.submission import BadSubmissionError, decoded
from helpdesk.core.signatures import is_point

MAX_TEXT: Final = 2000
_COORDINATE: Final = 32


class BadKeyError(ValueError):
    """It is no public key of P-256."""


class PrivateKeyError(BadKeyError):
    """It is the private half, which nobody else may have: it is burnt, and a new pair has to be made."""


def point_of(text: str) -> bytes:
    """Return the uncompressed point of a key, from PEM (RFC 7468) or JWK (RFC 7517).

    Raises:
        PrivateKeyError: It is a private key.
        BadKeyError: It is none, or of another curve.
    """
    given = text.strip()[:MAX_TEXT]
    point = _of_jwk(given) if given.startswith("{") else _of_pem(given)
    if not is_point(point):
        raise BadKeyError
    return point


def _of_jwk(given: str) -> bytes:
    try:
        key = json.loads(given)
    except (ValueError, RecursionError):
        raise BadKeyError from None
    if not isinstance(key, dict) or key.get("kty") != "EC" or key.get("crv") != "P-256":
        raise BadKeyError
    if "d" in key:
        raise PrivateKeyError
    try:
        parts = [decoded(str(key.get(name, ""))) for name in ("x", "y")]
    except BadSubmissionError:
        raise BadKeyError from None
    if any(len(part) != _COORDINATE for part in parts):
        raise BadKeyError
    return b"\x04" + b"".join(parts)


def _of_pem(given: str) -> bytes:
    if "PRIVATE KEY" in given:
        raise PrivateKeyError
    try:
        key = load_pem_public_key(given.encode())
    except Exception:  # noqa: BLE001 (the library raises of its own kinds, some for older algorithms)
        raise BadKeyError from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise BadKeyError
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
