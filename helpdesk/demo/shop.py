"""The made-up shop: whose chat stands on its page, and the little server part by which it vouches for its customer.

`seed_demo` says at every start which organisation's chat it is, and by which id that knows the shop's key. The shop has
one customer and no passwords: whoever presses the button is Vera. A real shop makes a token for whoever has signed in.
"""

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.conf import settings

from helpdesk.core import ed25519, names, valkey

KEY: Final = names.key("demo", None, "widget_key")
IDENTITY: Final = names.key("demo", None, "shop_identity")
#: Who is signed in at the shop, as the shop knows them.
CUSTOMER: Final = {"sub": "customer 1", "name": "Vera Visser", "email": "vera@tents.example"}
TOKEN_LASTS: Final = timedelta(minutes=10)


def remember_widget_key(widget_key: str) -> None:
    """Put the chat of an inbox on the customer's page."""
    valkey.client().set(KEY, widget_key)


def widget_key() -> str:
    """Return the key of the inbox; empty before the demo was seeded."""
    held = valkey.client().get(KEY)
    return held.decode() if held else ""


def remember_identity(*, kid: str, audience: str) -> None:
    """Let the shop know what its key and its organisation are called in a token."""
    valkey.client().set(IDENTITY, json.dumps([kid, audience]))


def public_key() -> bytes:
    """Return the public half of the shop's key (Ed25519), which its organisation is given."""
    return ed25519.public_of(_seed())


def customer_token(*, now: datetime) -> str:
    """Return a token for the shop's customer, as `docs/identity.md` says; empty before the demo was seeded."""
    held = valkey.client().get(IDENTITY)
    if not held:
        return ""
    kid, audience = json.loads(held)
    at = int(now.timestamp())
    claims = {
        **CUSTOMER, "aud": audience, "iat": at, "exp": at + int(TOKEN_LASTS.total_seconds()), "jti": uuid4().hex,
    }  # fmt: skip
    text = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "EdDSA", "kid": kid}, claims))
    return f"{text}.{_encoded(ed25519.sign(_seed(), text.encode()))}"


def _seed() -> bytes:
    # Made anew by every start, as the passwords of the demo's people are: nothing has to be kept beside the data.
    return hmac.digest(settings.SECRET_KEY.encode(), b"hushdesk demo|the shop's key", hashlib.sha256)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
