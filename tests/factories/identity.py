"""A site that vouches for its customers: tokens as its server makes them, and every wrong kind of them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.actions.identity_keys import add_public_key, make_shared_key
from chat.models import IdentityKey
from tenants.models import Membership
from tenants.scoping import tenant_scope

Sign = Callable[[bytes], bytes]


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: Any) -> str:
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def by_secret(secret: str) -> Sign:
    return lambda text: hmac.digest(secret.encode(), text, hashlib.sha256)


def claims_of(audience: object, now: datetime, **changed: Any) -> dict[str, Any]:
    """What a good token says; a claim that is None is left out."""
    at = int(now.timestamp())
    held = {
        "aud": str(audience), "sub": "customer 4711", "iat": at, "exp": at + 600, "jti": uuid4().hex,
        "email": "vera@tents.example", "name": "Vera Visser",
    }  # fmt: skip
    return {name: value for name, value in (held | changed).items() if value is not None}


def token(header: object, claims: object, sign: Sign) -> str:
    text = f"{part(header)}.{part(claims)}"
    return f"{text}.{encoded(sign(text.encode()))}"


class Site:
    """The server of an organisation's site, with a secret, or a key pair, of its own."""

    def __init__(self, owner: Membership, now: datetime, *, algorithm: str = "HS256") -> None:
        self.owner, self.now, self.algorithm = owner, now, algorithm
        with tenant_scope(owner.tenant_id):
            if algorithm == "HS256":
                self.key, self.secret = make_shared_key(actor=owner, now=now)
                self.sign: Sign = by_secret(self.secret)
            else:
                self.pair = Ed25519PrivateKey.generate()
                self.pem = self.pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
                self.key = add_public_key(pasted=self.pem, actor=owner, now=now)
                self.sign = self.pair.sign

    def header(self, **changed: Any) -> dict[str, Any]:
        return {"alg": self.algorithm, "typ": "JWT", "kid": self.key.kid, **changed}

    def claims(self, **changed: Any) -> dict[str, Any]:
        return claims_of(self.owner.tenant_id, self.now, **changed)

    def token(self, *, at: datetime | None = None, **changed: Any) -> str:
        """A token made at some moment."""
        said = {"iat": int(at.timestamp()), "exp": int((at + timedelta(minutes=10)).timestamp())} if at else {}
        return token(self.header(), self.claims(**{**said, **changed}), self.sign)

    def row(self) -> IdentityKey:
        with tenant_scope(self.owner.tenant_id):
            return IdentityKey.objects.get(id=self.key.id)
