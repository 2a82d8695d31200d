"""Both browsers of a secure form, without a browser: a key, and sealing and opening as `sealing.js` does it."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.actions.form_keys import fingerprint_of
from chat.models import FormRequest
from chat.secure_forms import facts as bound
from chat.secure_forms import sealing
from chat.secure_forms.sealing import bound_to, derived


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
    told: dict[str, Any] = json.loads(sealing.seal(values, bound.facts_of(form), bound.point_of(form)).to_json())
    return told


def _decoded(letters: str) -> bytes:
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))
