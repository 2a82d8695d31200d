"""Sealing as a visitor's browser does it (`chat/static/chat/forms/sealing.js`), for what we send ourselves: a test."""

import json
import os
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.secure_forms.submission import BLOCK_BYTES, IV_BYTES, SALT_BYTES, Submission

INFO: Final = b"hushdesk secure form v1|"
HEAD_BYTES: Final = 4
#: What an answer is bound to, in this order.
FACTS: Final = ("tenant", "form", "request", "agent", "key")


def seal(values: Any, facts: Mapping[str, str], point: bytes) -> Submission:
    """Seal values for a public point, bound to facts."""
    own = ec.generate_private_key(ec.SECP256R1())
    epk = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    salt, iv = os.urandom(SALT_BYTES), os.urandom(IV_BYTES)
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    body = json.dumps(values).encode()
    whole = len(body).to_bytes(HEAD_BYTES, "big") + body
    whole += bytes(-len(whole) % BLOCK_BYTES)
    key = derived(own.exchange(ec.ECDH(), other), salt, epk, point)
    return Submission(epk, salt, iv, AESGCM(key).encrypt(iv, whole, bound_to(facts)))


def derived(shared: bytes, salt: bytes, epk: bytes, apk: bytes) -> bytes:
    """Return the key of one answer: HKDF-SHA-256 (RFC 5869) of what both sides agree on and both points."""
    return HKDF(SHA256(), 32, salt, INFO + epk + apk).derive(shared)


def bound_to(facts: Mapping[str, str]) -> bytes:
    """Return the associated data: moved to another request, recipient or key it does not open."""
    return "|".join(("v1", *(facts[name] for name in FACTS))).encode()
