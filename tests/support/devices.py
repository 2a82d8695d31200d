"""A browser's key, and what its script would send: for clients that have none."""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenants.devices.challenge import PREFIX

CHALLENGE = "/account/device/challenge/"
PROOF = "/account/device/proof/"


class BrowserKey:
    """Signs as WebCrypto does: r and s, 32 bytes each."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    def answer(self, challenge: str, **instead: str) -> dict[str, str]:
        signature = self.sign(PREFIX + challenge.encode())
        return {"challenge": challenge, "key": text(self.point), "signature": text(signature), **instead}

    def prove(self, client, **machine):
        """Prove it in a client's session, and return the answer."""
        challenge = client.post(CHALLENGE, **machine).json()["challenge"]
        return client.post(PROOF, self.answer(challenge), **machine)


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()
