from collections.abc import Callable, Iterator

import pytest

from chat.models import Conversation, Message
from compliance import rule_sets
from compliance.models import AuditEntry
from tenants.encryption.opening import open_sealed
from tenants.models import Tenant
from tenants.scoping import tenant_scope


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    rule_sets.forget()
    yield
    rule_sets.forget()


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
