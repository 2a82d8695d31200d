"""Signatures, and the keys they are checked by. Pure.

Of browsers: ECDSA over P-256 with SHA-256, as WebCrypto makes it (FIPS 186-5); a public key is an uncompressed point of
65 bytes (SEC 1, section 2.3.3), a signature r and s of 32 bytes each. Of ours: Ed25519 (RFC 8032).
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

POINT_BYTES: Final = 65
SIGNATURE_BYTES: Final = 64


def is_point(point: bytes) -> bool:
    """Whether bytes are an uncompressed point of the curve; the point at infinity is none."""
    if len(point) != POINT_BYTES:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return True


def is_signed(message: bytes, *, signature: bytes, point: bytes) -> bool:
    """Whether the key of a public point signed a message. A point that is not on the curve signs nothing."""
    if len(point) != POINT_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    half = SIGNATURE_BYTES // 2
    both = (int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(encode_dss_signature(*both), message, ec.ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True


def signing_point(seed: bytes) -> bytes:
    """Return the public half, of 32 bytes, of the Ed25519 key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(message: bytes, *, seed: bytes) -> bytes:
    """Return the Ed25519 signature, of 64 bytes, of a message."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)
