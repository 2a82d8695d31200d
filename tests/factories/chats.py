"""Chats of a site's visitors, as actions make them."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from chat.actions import messages
from chat.actions.beginnings import begin_conversation
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening
from chat.models import Conversation, Inbox, VisitorSession
from chat.permissions import Visitor
from tenants.models import Tenant
from tenants.scoping import tenant_scope


def widget_key(tenant: Tenant) -> str:
    """Return the public key under which an organisation's widget is reached."""
    with tenant_scope(tenant):
        return str(Inbox.objects.get().widget_key)


def make_visitor(tenant: Tenant) -> Visitor:
    """Return somebody new on an organisation's site, who has said nothing yet."""
    with tenant_scope(tenant):
        inbox = Inbox.objects.get()
    return Visitor(tenant.id, inbox.id, uuid4().bytes * 2, "https://shop.example")


def ask(tenant: Tenant, now: datetime, text: str) -> Conversation:
    """Begin a conversation of somebody new with one question."""
    conversation, visitor = start_conversation(visitor=make_visitor(tenant), client_id=uuid4(), now=now)
    messages.post_visitor_message(
        visitor=visitor, conversation_id=conversation.id, client_id=uuid4(), text=text, kind="public", now=now
    )
    return conversation


def begin(tenant: Tenant, now: datetime, given: Any = None, visitor: Visitor | None = None, **opening: Any) -> Any:
    """Begin a conversation with what was agreed to; return it and its visitor."""
    return begin_conversation(
        visitor=visitor or make_visitor(tenant), client_id=uuid4(), opening=Opening(consent=given, **opening), now=now
    )


def say(begun: tuple[Conversation, Visitor], now: datetime, text: str = "Hello") -> Any:
    """Let the visitor of a conversation that was begun say something."""
    conversation, visitor = begun
    return messages.post_visitor_message(
        visitor=visitor, conversation_id=conversation.id, client_id=uuid4(), text=text, kind="public", now=now
    )


def visitor_of(conversation: Conversation) -> Visitor:
    """Return the visitor in whose browser a conversation was begun."""
    with tenant_scope(conversation.tenant_id):
        session = VisitorSession.objects.get(id=conversation.started_by_id)
    return Visitor(
        conversation.tenant_id, conversation.inbox_id, bytes(session.token_hash), "", session.id,
        conversation.contact_id,
    )  # fmt: skip
