"""Read a public key of Ed25519 (RFC 8032) that somebody pastes. Pure."""

import base64
import binascii
import json
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

KEY_BYTES: Final = 32
MAX_PASTED: Final = 2000


class NotAPublicKeyError(Exception):
    """It is no public key of Ed25519, neither as PEM nor as a JWK."""


class PrivateKeyPastedError(Exception):
    """It is, or holds, a private key. It is not repeated."""


def public_key_of(pasted: str) -> bytes:
    """Return the 32 bytes of a public key, given as PEM (RFC 8410) or as a JWK of kind OKP (RFC 8037, section 2).

    Raises:
        PrivateKeyPastedError: It holds a private key.
        NotAPublicKeyError: It is neither.
    """
    given = pasted.strip()
    if "PRIVATE KEY" in given:
        raise PrivateKeyPastedError
    if len(given) > MAX_PASTED:
        raise NotAPublicKeyError
    return _of_jwk(given) if given.startswith("{") else _of_pem(given)


def pem_of(key: bytes) -> str:
    """Return a public key as PEM, to be shown."""
    return (
        Ed25519PublicKey.from_public_bytes(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    )


def _of_pem(given: str) -> bytes:
    try:
        key = load_pem_public_key(given.encode())
    except (ValueError, TypeError, UnicodeError):
        raise NotAPublicKeyError from None
    except Exception:  # noqa: BLE001 (the library has errors of its own for kinds it doesn't know)
        raise NotAPublicKeyError from None
    if not isinstance(key, Ed25519PublicKey):
        raise NotAPublicKeyError
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _of_jwk(given: str) -> bytes:
    try:
        held: Any = json.loads(given)
        if isinstance(held, dict) and "d" in held:
            raise PrivateKeyPastedError
        if held["kty"] != "OKP" or held["crv"] != "Ed25519":
            raise NotAPublicKeyError
        x = str(held["x"])
        key = base64.b64decode(x + "=" * (-len(x) % 4), altchars=b"-_", validate=True)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error):
        raise NotAPublicKeyError from None
    if len(key) != KEY_BYTES:
        raise NotAPublicKeyError
    return key
