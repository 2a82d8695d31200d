"""An organisation, an agent with a browser and its key, and visitors who fill in what they are asked for."""

import hashlib
import itertools
from dataclasses import dataclass, field, replace
from typing import Any, Final
from unittest.mock import patch

import httpx
from django.conf import settings
from django.test import Client

from chat.actions import form_endpoints, form_keys, form_requests
from chat.actions.assignment import take_conversation
from chat.actions.form_requests import Asking
from chat.models import Conversation, FormRequest, Handling, Inbox
from chat.secure_forms.kinds import SHIPPED
from chat.secure_forms.passes import Pass
from chat.views.form_pages import PASS_HEADER
from helpdesk.core import clock
from helpdesk.core.client_address import bucket
from tenants import fresh_factor
from tenants.models import Membership, StaffSession
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_factor, make_member, make_person, make_tenant, owner_of, sign_in
from tests.proofs.gate.stage import browser
from tests.support.form_endpoints import pem_of
from tests.support.secure_forms import BrowserKey, seal
from tests.support.server import Server

HOME: Final = "127.0.0.1"
_homes: Final = (f"127.0.1.{number}" for number in itertools.cycle(range(1, 250)))


@dataclass
class Agent:
    """Somebody who asks: signed in at one address, with a key of their browser's."""

    member: Membership
    owner: Membership
    cookies: dict[str, str]
    session_id: Any
    key: BrowserKey = field(default_factory=BrowserKey)

    @property
    def slug(self) -> str:
        return str(self.member.tenant.slug)

    @property
    def asking(self) -> Asking:
        return Asking(self.member, StaffSession.objects.get(id=self.session_id), self.looks, self.key.fingerprint)

    @property
    def looks(self) -> str:
        """How httpx at `HOME` looks (`helpdesk.core.machine`)."""
        agent = f"python-httpx/{httpx.__version__}"
        return hashlib.sha256(f"{bucket(HOME)}|{agent}".encode()).hexdigest()[:32]

    def browser(self, server: Server, address: str = HOME) -> httpx.Client:
        return browser(server, address=address, cookies=self.cookies)

    def connect(self, address: str, key: Any) -> bytes:
        """Let the organisation's own system be at an address, and open with a key; return our public key for it."""
        now = clock.now()
        with tenant_scope(self.owner.tenant), patch.object(settings, "FORM_RECEIVERS_HERE", True):
            row = form_endpoints.set_endpoint(address=address, actor=self.owner, now=now)
            form_endpoints.add_key(text=pem_of(key), actor=self.owner, now=now)
        return bytes(row.signing_point)

    def ask(self, handling: Handling = Handling.VIEW) -> FormRequest:
        """Take a new visitor's conversation, and ask for a card."""
        now = clock.now()
        conversation: Conversation = store_conversation(self.member.tenant, at=now)
        with tenant_scope(self.member.tenant):
            take_conversation(conversation_id=conversation.id, actor=self.member, now=now)
            form = form_requests.request_form(
                conversation_id=conversation.id, form=replace(SHIPPED["card"], handling=handling),
                asking=self.asking, now=now,
            )  # fmt: skip
        form.conversation = conversation
        return form

    def path(self, form: FormRequest, step: str) -> str:
        return f"/o/{self.slug}/conversations/{form.conversation_id}/forms/{form.id}/{step}"


def make_agent(slug: str, name: str = "Ada") -> Agent:
    """Open an organisation, and let an agent of it prepare a browser."""
    now = clock.now()
    owner = owner_of(make_tenant(slug, owner=make_person(f"Olive{slug}", now=now), now=now))
    member = make_member(owner.tenant, f"{name}{slug}", "agent", now=now)
    return at_a_browser(member, owner)


def at_a_browser(member: Membership, owner: Membership) -> Agent:
    """Sign a member in, with a factor given just now, in a browser of its own."""
    factor = make_factor(member.user)
    client = sign_in(Client(), member.user)
    session = client.session
    session[fresh_factor.STAMP] = [clock.now().timestamp(), factor.persistent_id]
    session.save()
    found = StaffSession.objects.filter(user=member.user).latest("began_at")
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    agent = Agent(member, owner, cookies, found.id)
    with tenant_scope(member.tenant):
        form_keys.enrol_key(point=agent.key.point, browser="httpx", actor=member, now=clock.now())
    return agent


def widget_key_of(member: Membership) -> str:
    with tenant_scope(member.tenant):
        return str(Inbox.objects.get().widget_key)


def submit(server: Server, form: FormRequest, values: Any, **body: Any) -> httpx.Response:
    """Send values as a visitor's form page does."""
    origin = server.origin.replace("://", "://forms.")
    shown = Pass(form.tenant_id, form.id, form.conversation.contact_id).issue(until=form.expires_at)
    headers = {"Host": origin.partition("://")[2], "Origin": origin, PASS_HEADER: shown}
    path = f"/forms/{widget_key_of(form.recipient)}/submit"
    # Each visitor from an address of their own: how often one may is another proof's.
    way = httpx.HTTPTransport(local_address=next(_homes), verify=False)
    address = f"http://127.0.0.1:{server.port}"
    with httpx.Client(base_url=address, headers=headers, timeout=30, transport=way) as client:
        return client.post(path, json={**seal(values, form), **body})
