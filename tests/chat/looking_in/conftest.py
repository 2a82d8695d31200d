"""An operator whom an owner has let in, and what was said to them."""

import pytest

from chat import support_selectors
from compliance import support
from compliance.models import AuditEntry
from tenants.operator_role import as_operator
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.support import let_in

WORDS = ["My lamp is broken", "We send another"]


@pytest.fixture
def talk(acme, now):
    return store_conversation(acme, WORDS, at=now)


@pytest.fixture
def grant(olive, oscar, now):
    return let_in(olive, oscar, now=now)


def page(grant, rest=""):
    return f"/admin/support/{grant.id}/{rest}"


def rows(tenant, operator, conversation):
    """What the database gives an operator of a conversation, whatever a view would do."""
    with as_operator(), support.support_scope(tenant.id, operator.id):
        return support_selectors.entries_before(conversation, None, 50)


def looks(tenant):
    with tenant_scope(tenant):
        entries = AuditEntry.objects.filter(event="support.read").order_by("at", "id")
        return [(entry.facts["page"], entry.facts.get("count"), entry.actor_id) for entry in entries]
