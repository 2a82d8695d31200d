"""The made-up shop: whose chat stands on its page, and the little server part by which it vouches for its customer.

Which chat that is, and by which id its organisation knows the shop's key, is looked up with every visit. The shop has
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

from chat.identity.keys import audience_of
from chat.models import IdentityKey, Inbox
from helpdesk.core import ed25519
from helpdesk.demo.people import OLIVE
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: Who is signed in at the shop, as the shop knows them.
CUSTOMER: Final = {"sub": "customer 1", "name": "Vera Visser", "email": "vera@tents.example"}
TOKEN_LASTS: Final = timedelta(minutes=10)


def widget_key() -> str:
    """Return the key of the inbox; empty before the demo was seeded."""
    if (tenant := _organisation()) is None:
        return ""
    with tenant_scope(tenant):
        return Inbox.objects.earliest("created_at", "id").widget_key


def public_key() -> bytes:
    """Return the public half of the shop's key (Ed25519), which its organisation is given."""
    return ed25519.public_of(_seed())


def customer_token(*, now: datetime) -> str:
    """Return a token for the shop's customer, as `docs/identity.md` says; empty before the demo was seeded."""
    if (tenant := _organisation()) is None:
        return ""
    with tenant_scope(tenant):
        key = IdentityKey.objects.filter(public=public_key()).first()
    if key is None:
        return ""
    at, lasts = int(now.timestamp()), int(TOKEN_LASTS.total_seconds())
    claims = {**CUSTOMER, "aud": audience_of(tenant.id), "iat": at, "exp": at + lasts, "jti": uuid4().hex}
    text = ".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "EdDSA", "kid": key.kid}, claims))
    return f"{text}.{_encoded(ed25519.sign(_seed(), text.encode()))}"


def _organisation() -> Tenant | None:
    return Tenant.objects.filter(slug=OLIVE.slug).first()


def _seed() -> bytes:
    # Made anew by every start, as the passwords of the demo's people are: nothing has to be kept beside the data.
    return hmac.digest(settings.SECRET_KEY.encode(), b"hushdesk demo|the shop's key", hashlib.sha256)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
