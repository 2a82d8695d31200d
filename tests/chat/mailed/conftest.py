"""A visitor who left an address and was answered, and what is mailed to it."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from chat import letters
from chat.actions import mailed_links
from chat.models import ContactDetails, Conversation, MailedLink, Message, ReadMark
from chat.views.links import LINK_HEADER
from helpdesk.core.ratelimit import Limit
from tenants.models import PolicyChoice
from tenants.policy_names import VISITOR_LINKS
from tenants.scoping import tenant_scope
from tests.factories.chats import widget_key
from tests.factories.stored import give_details, store_conversation

ADDRESS = "vera@mail.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _limits_apart(monkeypatch):
    """Each test counts for itself what goes to its one address."""
    name = uuid4().hex
    monkeypatch.setattr(letters, "LINKS_TO_ADDRESS", Limit(f"{name}.links", burst=6, per_s=1 / 7200))
    monkeypatch.setattr(letters, "CODES_TO_ADDRESS", Limit(f"{name}.codes", burst=6, per_s=1 / 900))


def answered(tenant, member, now, *, ago=5 * MINUTE, address=ADDRESS):
    """A conversation whose visitor has left an address, and was answered a while ago."""
    conversation = store_conversation(tenant, ["A secret question", "A secret answer"], at=now - ago, agents=[1])
    if address:
        give_details(conversation, ContactDetails(email=address), member, at=now - ago)
    with tenant_scope(tenant):
        Message.objects.filter(conversation=conversation).update(posted_at=now - ago)
        Conversation.objects.filter(id=conversation.id).update(first_reply_at=now - ago)
    return conversation


@pytest.fixture
def asked(acme, ada, now):
    return answered(acme, ada, now)


def prepare(tenant, *, now):
    return list(mailed_links.prepare(tenant, now=now))


def read_to(tenant, conversation, sequence):
    with tenant_scope(tenant):
        ReadMark.objects.update_or_create(
            tenant=tenant, conversation=conversation, side="visitor",
            defaults={"sequence": sequence, "public_sequence": sequence},
        )  # fmt: skip


def choose(tenant, value, now):
    with tenant_scope(tenant):
        PolicyChoice.objects.create(tenant=tenant, key=VISITOR_LINKS, value=value, changed_at=now)


def links(tenant):
    with tenant_scope(tenant):
        return list(MailedLink.objects.order_by("created_at", "id"))


def mailed_token():
    """The token of the last mail: behind the # of its one link."""
    return re.search(rf"{settings.SITE_URL}/w/[^/]+/link#(\S+)", mail.outbox[-1].body)[1]


def mailed_code():
    return re.search(r"\d{4} \d{4}", mail.outbox[-1].body)[0]


@pytest.fixture
def link(acme, asked, now):
    """A link that was mailed: what it opens, its token."""
    [ready] = prepare(acme, now=now)
    return ready


class Reader:
    """A browser with a link."""

    def __init__(self, tenant, token):
        self.key, self.token = widget_key(tenant), token
        self.client = Client(headers={"Host": settings.SITE_HOST})

    def send(self, step, body=None, **headers):
        sent = {"Origin": settings.SITE_ORIGIN, LINK_HEADER: self.token, **headers}
        address = f"/w/{self.key}/link/{step}"
        return self.client.post(address, json.dumps(body or {}), content_type="application/json", headers=sent)

    def open(self):
        self.send("code")
        return self.send("open", {"code": mailed_code()})
