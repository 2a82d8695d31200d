"""Acme's site, which vouches for who is signed in there, and browsers that show its tokens."""

import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from chat.models import VisitorSession
from tenants.models import AllowedOrigin
from tenants.scoping import tenant_scope
from tests.factories.chats import widget_key
from tests.factories.identity import Site

SHOP = "https://shop.acme.example"


class Browser:
    """A visitor's browser on Acme's site, known by a header as where the frame may keep no cookie."""

    def __init__(self, tenant, origin=SHOP):
        self.tenant, self.key, self.origin, self.token = tenant, widget_key(tenant), origin, None
        self.client = Client(headers={"Host": settings.SITE_HOST})

    def post(self, path, body, **headers):
        sent = {"Origin": settings.SITE_ORIGIN, "X-Hushdesk-Session": self.token, **headers}
        self.client.cookies.clear()
        response = self.client.post(
            f"/w/{self.key}/{path}", json.dumps(body, default=str), content_type="application/json",
            headers={name: value for name, value in sent.items() if value}, query_params={"site": self.origin},
        )  # fmt: skip
        answer = json.loads(response.content or b"{}")
        self.token = answer.get("session") or self.token
        return response.status_code, answer

    def open(self):
        return self.post("session", {})[1]

    def identify(self, token, **fields):
        return self.post("identify", {"token": token, **fields})

    def frame(self, type_, /, **fields):
        return self.post("frames", {"v": 1, "type": type_, **fields})

    def start(self):
        if self.token is None:
            self.open()
        return self.frame("conversation.start", client_id=uuid4())[1]["conversation"]

    def say(self, conversation, text="Hello"):
        return self.frame("message.post", client_id=uuid4(), conversation=conversation, text=text)

    def session(self):
        from chat.authentication import token_hash

        with tenant_scope(self.tenant):
            found = VisitorSession.objects.filter(token_hash=token_hash(self.tenant.id, self.token))
            return found.select_related("contact").first()


@pytest.fixture
def shop(acme, now):
    with tenant_scope(acme):
        AllowedOrigin.objects.create(tenant=acme, origin=SHOP, created_at=now)
    return SHOP


@pytest.fixture
def site(olive, now):
    return Site(olive, now)


@pytest.fixture
def vera(acme, shop):
    browser = Browser(acme)
    browser.open()
    return browser
