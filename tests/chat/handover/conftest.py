"""A conversation that waits for Ada, and signs that members are there."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from chat import presence
from chat.actions.assignment import take_conversation
from chat.models import Conversation
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation


@pytest.fixture
def waiting(acme, ada, now):
    """Vera waits for Ada, who holds the conversation."""
    conversation = store_conversation(acme, ["Is it shipped?"], at=now - timedelta(hours=1))
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(waiting_since=now - timedelta(minutes=9))
        take_conversation(conversation_id=conversation.id, actor=ada, now=now - timedelta(minutes=8))
    return conversation


def was_seen(member, at):
    """Note that a member's socket gave its last sign at an instant."""
    asyncio.run(presence.give_sign(member.tenant_id, member.id, uuid4(), now=at))
