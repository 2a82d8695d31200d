"""What is stored and written down, and what is done to it by jobs and from other threads."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connections

from chat.models import Conversation, Message
from chat.permissions import Visitor
from compliance import purge
from compliance.models import AuditEntry
from tenants.encryption.opening import open_sealed
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.chats import say


@pytest.fixture
def texts_of() -> Callable[[Conversation], list[str]]:
    """Open what is stored of a conversation."""

    def texts_of(conversation: Conversation) -> list[str]:
        with tenant_scope(conversation.tenant_id):
            return [
                open_sealed(Message.slot(row.tenant_id, conversation.contact_id, row.id), bytes(row.body))
                for row in Message.objects.of(conversation.id).order_by("sequence")
            ]

    return texts_of


@pytest.fixture
def trail() -> Callable[[Tenant, str], list[AuditEntry]]:
    """The audit entries of one event, oldest first."""

    def trail(tenant: Tenant, event: str) -> list[AuditEntry]:
        with tenant_scope(tenant):
            return list(AuditEntry.objects.filter(event=event).order_by("at", "id"))

    return trail


def visitor_of(conversation: Conversation) -> Visitor:
    """The visitor of a conversation, without a look at what may be gone by now."""
    return Visitor(
        conversation.tenant_id, conversation.inbox_id, b"x" * 32, "", conversation.started_by_id,
        conversation.contact_id,
    )  # fmt: skip


def post(conversation: Conversation, text: str, now: datetime) -> None:
    """Let the visitor say something, from whichever thread."""
    say((conversation, visitor_of(conversation)), now, text)


def purged(tenant: Tenant, **options: Any) -> Any:
    """Purge an organisation at once, without waiting between batches."""
    return purge.purge_expired(tenant.id, pause=lambda _: None, **options)


def closing(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return the work for a thread, which leaves no connection behind."""

    def closed(*arguments: Any) -> Any:
        try:
            return work(*arguments)
        finally:
            connections.close_all()

    return closed
