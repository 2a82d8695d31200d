"""Ada, who holds Vera's conversation, and Vera, whose e-mail address is known."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from chat import disclosure, selectors
from chat.actions import proof_codes, proofs
from chat.actions.assignment import take_conversation
from chat.identity.standing import standing_of
from chat.models import ContactDetails, Conversation, Inbox, ProofRequest, VisitorFactor, VisitorSession
from chat.permissions import Visitor
from chat.secure_forms.passes import ProofPass
from chat.views.proof_pages import PROOF_HEADER
from compliance.models import AuditEntry
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tests.factories.stored import give_details, store_conversation

SCOPE = "May discuss the tent"
ADDRESS = "vera@tents.example"


@pytest.fixture
def chat(acme: Tenant, ada: Membership, now: datetime) -> Conversation:
    """Vera's conversation, which Ada holds; Acme knows her address."""
    return begun(acme, ada, now)


def begun(tenant: Tenant, member: Membership, now: datetime, address: str = ADDRESS) -> Conversation:
    """A conversation of somebody whose address is known, held by a member."""
    conversation = store_conversation(tenant, at=now)
    if address:
        give_details(conversation, ContactDetails(email=address), member, at=now)
    with tenant_scope(tenant):
        return take_conversation(conversation_id=conversation.id, actor=member, now=now)


def ask(conversation: Conversation, member: Membership, now: datetime, scope: str = SCOPE) -> ProofRequest:
    with tenant_scope(member.tenant):
        return proofs.request_proof(conversation_id=conversation.id, scope=scope, actor=member, now=now)


@pytest.fixture
def asked(chat: Conversation, ada: Membership, now: datetime) -> ProofRequest:
    """Ada has asked Vera."""
    return ask(chat, ada, now)


def again(proof: ProofRequest) -> ProofRequest:
    """The request as it is now."""
    with tenant_scope(proof.tenant_id):
        return ProofRequest.objects.select_related("conversation__contact").get(id=proof.id)


def factor_of(proof: ProofRequest) -> VisitorFactor:
    with tenant_scope(proof.tenant_id):
        return VisitorFactor.objects.get(contact_id=proof.contact_id)


def events(tenant: Tenant, beginning: str = "proof.") -> list[str]:
    with tenant_scope(tenant):
        told = AuditEntry.objects.filter(event__startswith=beginning).order_by("id")
        return list(told.values_list("event", flat=True))


def lines(conversation: Conversation, member: Membership) -> list[str]:
    """What the conversation says of nobody's."""
    with tenant_scope(conversation.tenant_id):
        entries = selectors.latest_entries(selectors.conversation(conversation.id), 50)
        shown = [disclosure.for_viewer(entry, member) for entry in entries]
    return [message.text for message in shown if message.author.kind == "system"]


def browser_of(conversation: Conversation) -> UUID:
    """The session of a conversation's visitor."""
    with tenant_scope(conversation.tenant_id):
        return VisitorSession.objects.get(contact_id=conversation.contact_id).id


@dataclass
class Vera:
    """The visitor, past the pages: what their browser asks the actions for."""

    proof: ProofRequest
    now: datetime
    session_id: UUID = field(default=None)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.session_id is None:
            self.session_id = browser_of(self.proof.conversation)

    @property
    def who(self) -> dict[str, Any]:
        return {"proof_id": self.proof.id, "contact_id": self.proof.contact_id, "session_id": self.session_id}

    def send(self, now: datetime | None = None) -> str:
        with tenant_scope(self.proof.tenant_id):
            return proof_codes.make_code(**self.who, now=now or self.now)[1]

    def prove(self, code: str, now: datetime | None = None) -> proof_codes.Tried:
        with tenant_scope(self.proof.tenant_id):
            return proof_codes.try_code(**self.who, code=code, now=now or self.now)

    def do(self, act: Callable[..., Any], now: datetime | None = None) -> Any:
        with tenant_scope(self.proof.tenant_id):
            return act(**self.who, now=now or self.now)

    @property
    def visitor(self) -> Visitor:
        with tenant_scope(self.proof.tenant_id):
            session = VisitorSession.objects.get(id=self.session_id)
            inbox = Inbox.objects.get()
        return Visitor(self.proof.tenant_id, inbox.id, bytes(session.token_hash), "", session.id, session.contact_id)


@pytest.fixture
def vera(asked: ProofRequest, now: datetime) -> Vera:
    return Vera(asked, now)


@pytest.fixture
def proven(vera: Vera) -> ProofRequest:
    """Vera has proven who she is."""
    return vera.prove(vera.send()).proof


def other(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 10**8:08d}"


class Card:
    """A visitor's card without a browser."""

    def __init__(self, proof: ProofRequest, session_id: UUID | None = None) -> None:
        with tenant_scope(proof.tenant_id):
            key = Inbox.objects.get().widget_key
        shown = ProofPass(proof.tenant_id, proof.id, proof.contact_id, session_id or browser_of(proof.conversation))
        self.shown = shown.issue(until=proof.expires_at)
        self.path = f"/forms/{key}/identity/"
        self.client = Client()

    def step(self, name: str, body: Any = None, **headers: str) -> Any:
        told = {"Host": settings.FORMS_ORIGIN.partition("://")[2], "Origin": settings.FORMS_ORIGIN,
                PROOF_HEADER: self.shown, **headers}  # fmt: skip
        return self.client.post(f"{self.path}{name}", body or {}, content_type="application/json", headers=told)

    def mailed(self) -> str:
        """Ask for a code, and return what came by mail."""
        mail.outbox.clear()
        with_commit = self.step("send")
        assert with_commit.status_code == 200, with_commit.content
        return code_in(mail.outbox[-1].body)


def code_in(text: str) -> str:
    found = re.search(r"^(\d{4}) (\d{4})$", text, re.MULTILINE)
    assert found is not None
    return "".join(found.groups())


def standing(conversation, now):
    with tenant_scope(conversation.tenant_id):
        return standing_of(Conversation.objects.get(id=conversation.id), now)
