"""Chats of a site's visitors, as actions make them."""

from datetime import datetime
from uuid import uuid4

from chat.actions import messages
from chat.actions.conversations import start_conversation
from chat.models import Conversation, Inbox
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
