"""Both browsers of a secure form, without a browser: a key, and sealing and opening as `sealing.js` does it."""

import base64
import json
import os
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.actions.form_keys import fingerprint_of
from chat.models import FormRequest
from chat.secure_forms.submission import BLOCK_BYTES, encoded
from chat.views.form_pages import facts_of

INFO: Final = b"hushdesk secure form v1|"


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class BrowserKey:
    """What a member's browser holds."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def point(self) -> bytes:
        return point_of(self.private)

    @property
    def fingerprint(self) -> bytes:
        return fingerprint_of(self.point)

    def open(self, sealed: bytes | str, facts: dict[str, str]) -> Any:
        """Open what was sealed for it."""
        parts = json.loads(sealed)
        epk, salt, iv, ct = (_decoded(parts[name]) for name in ("epk", "salt", "iv", "ct"))
        other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), epk)
        secret = derived(self.private.exchange(ec.ECDH(), other), salt, epk, self.point)
        plain = AESGCM(secret).decrypt(iv, ct, bound_to(facts))
        return json.loads(plain[4 : 4 + int.from_bytes(plain[:4])])


def seal(values: Any, form: FormRequest) -> dict[str, Any]:
    """Seal values for a request's key, as the visitor's browser does."""
    own = ec.generate_private_key(ec.SECP256R1())
    apk, epk, salt, iv = bytes(form.key.point), point_of(own), os.urandom(32), os.urandom(12)
    other = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), apk)
    secret = derived(own.exchange(ec.ECDH(), other), salt, epk, apk)
    body = json.dumps(values).encode()
    whole = len(body).to_bytes(4) + body
    whole += bytes(-len(whole) % BLOCK_BYTES)
    ct = AESGCM(secret).encrypt(iv, whole, bound_to(facts_of(form)))
    return {"v": 1, "epk": encoded(epk), "salt": encoded(salt), "iv": encoded(iv), "ct": encoded(ct)}


def derived(shared: bytes, salt: bytes, epk: bytes, apk: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, INFO + epk + apk).derive(shared)


def bound_to(facts: dict[str, str]) -> bytes:
    return "|".join(("v1", *(facts[name] for name in ("tenant", "form", "request", "agent", "key")))).encode()


def _decoded(letters: str) -> bytes:
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
