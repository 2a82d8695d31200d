"""Ada, whose browser has a key, and Vera's conversation, which Ada holds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from chat import disclosure, selectors
from chat.actions import form_keys, form_payments, form_requests, form_templates
from chat.actions.assignment import assign_conversation, take_conversation
from chat.actions.form_requests import Asking
from chat.models import Conversation, FormRequest, Handling, Inbox
from chat.secure_forms.kinds import SHIPPED, Form
from chat.secure_forms.passes import Pass
from chat.secure_forms.submission import Submission
from chat.views.form_pages import PASS_HEADER
from helpdesk.core.machine import Machine
from tenants.models import Membership, StaffSession, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import sign_in
from tests.support.fake_stripe import FakeStripe
from tests.support.form_endpoints import serving
from tests.support.secure_forms import BrowserKey, seal

VALUES = {"number": "4111 1111 1111 1111", "expiry": "04/29", "name": "Vera Klein"}
LOOKS = "a" * 32


@dataclass
class Desk:
    """A member's browser: signed in, with a key."""

    member: Membership
    client: Client
    now: datetime
    key: BrowserKey = field(default_factory=BrowserKey)
    looks: str = LOOKS

    @property
    def session(self) -> StaffSession:
        return StaffSession.objects.get(user=self.member.user)

    @property
    def asking(self) -> Asking:
        return Asking(self.member, self.session, self.looks, self.key.fingerprint)

    def prepare(self) -> None:
        with tenant_scope(self.member.tenant):
            form_keys.enrol_key(point=self.key.point, browser="Firefox", actor=self.member, now=self.now)

    def ask(self, conversation: Conversation, form: Form = SHIPPED["card"]) -> FormRequest:
        with tenant_scope(self.member.tenant):
            return form_requests.request_form(
                conversation_id=conversation.id, form=form, asking=self.asking, now=self.now
            )


@pytest.fixture
def at_desk(now: datetime) -> Callable[[Membership], Desk]:
    def sit(member: Membership) -> Desk:
        client = sign_in(Client(), member.user, fresh=False)
        desk = Desk(member, client, now)
        desk.prepare()
        return desk

    return sit


@pytest.fixture
def desk(ada: Membership, at_desk: Callable[[Membership], Desk]) -> Desk:
    return at_desk(ada)


@pytest.fixture
def chat(acme: Tenant, ada: Membership, now: datetime) -> Conversation:
    """Vera's conversation, which Ada holds."""
    conversation = store_conversation(acme, at=now)
    with tenant_scope(acme):
        return take_conversation(conversation_id=conversation.id, actor=ada, now=now)


@pytest.fixture
def asked(desk: Desk, chat: Conversation) -> FormRequest:
    """Ada has asked Vera for a card."""
    return desk.ask(chat)


@pytest.fixture
def sent(asked: FormRequest, now: datetime) -> FormRequest:
    """And Vera has sent it."""
    return send(asked, now)


def send(form: FormRequest, now: datetime, values: Any = VALUES) -> FormRequest:
    sealed = Submission.of(seal(values, form))
    with tenant_scope(form.tenant_id):
        return form_requests.submit_form(
            form_id=form.id, contact_id=form.conversation.contact_id, sealed=sealed, now=now
        )


def again(form: FormRequest) -> FormRequest:
    """The request as it is now."""
    with tenant_scope(form.tenant_id):
        rows = FormRequest.objects.select_related("conversation", "recipient__user", "key", "endpoint_key")
        return rows.get(id=form.id)


class Page:
    """A visitor's form page without a browser."""

    def __init__(self, form: FormRequest, widget_key: str) -> None:
        contact = form.conversation.contact_id
        self.shown = Pass(form.tenant_id, form.id, contact).issue(until=form.expires_at)
        self.path = f"/forms/{widget_key}/"
        self.client = Client()

    def step(self, name: str, body: Any = None, **headers: str) -> Any:
        told = {"Host": settings.FORMS_ORIGIN.partition("://")[2], "Origin": settings.FORMS_ORIGIN,
                PASS_HEADER: self.shown, **headers}  # fmt: skip
        data = body if isinstance(body, str | bytes) else (body or {})
        return self.client.post(f"{self.path}{name}", data, content_type="application/json", headers=told)


def looks_of(client: Client) -> str:
    """How a test client's machine looks to the server."""
    request = client.get("/healthz").wsgi_request
    return Machine.of(request).looks


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStripe]:
    fake = FakeStripe()
    with serving(fake.server()):
        monkeypatch.setattr(settings, "FORM_RECEIVERS_HERE", True)
        monkeypatch.setattr(settings, "STRIPE_API_URL", fake.origin)
        monkeypatch.setattr(settings, "STRIPE_PAGES", fake.origin)
        yield fake


@pytest.fixture
def connected(stripe: FakeStripe, acme: Tenant, olive: Membership, now: datetime) -> FakeStripe:
    with tenant_scope(acme):
        form_payments.connect_account(
            secret_key=stripe.secret_key, webhook_secret=stripe.webhook_secret, actor=olive, now=now
        )
        form_templates.handle_form(chosen="card", handling=Handling.PAY, actor=olive, now=now)
    return stripe


@pytest.fixture
def asked_to_pay(connected: FakeStripe, desk: Desk, chat: Conversation) -> Any:
    """Ada has asked Vera for a card."""
    # Any browser may ask for what is sealed for none.
    desk.key = SimpleNamespace(fingerprint=b"")  # type: ignore[assignment]
    with tenant_scope(chat.tenant_id):
        form = desk.ask(chat, form_templates.form_named("card"))
        page = Page(form, Inbox.objects.get().widget_key)
    return SimpleNamespace(form=form, page=page, stripe=connected)


@pytest.fixture
def paying(asked_to_pay: Any) -> Any:
    """Vera has opened it, and been told where the provider's page is."""
    asked_to_pay.page.step("open")
    asked_to_pay.url = asked_to_pay.page.step("pay").json()["url"]
    return asked_to_pay


def session_of(paying: Any) -> str:
    """The provider's name of its page."""
    return again(paying.form).pay_session


def look_up(form: FormRequest) -> float | None:
    return form_payments.look_up(tenant_id=form.tenant_id, form_id=form.id)


def lines(conversation: Conversation, member: Membership) -> list[str]:
    """What the conversation says of nobody's."""
    with tenant_scope(conversation.tenant_id):
        entries = selectors.latest_entries(selectors.conversation(conversation.id), 50)
        return [m.text for m in (disclosure.for_viewer(e, member) for e in entries) if m.author.kind == "system"]


def transfer(desk: Desk, sam: Membership, form: FormRequest, now: datetime) -> None:
    with tenant_scope(form.tenant_id):
        assign_conversation(conversation_id=form.conversation_id, assignee_id=sam.id, actor=sam, now=now)
