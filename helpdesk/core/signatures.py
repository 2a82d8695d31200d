"""ECDSA over P-256 with SHA-256, as WebCrypto makes it. Pure.

FIPS 186-5; a public key is an uncompressed point of 65 bytes (SEC 1, section 2.3.3), a signature
r and s of 32 bytes each.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
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
