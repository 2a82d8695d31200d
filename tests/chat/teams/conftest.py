"""Teams of Acme, a conversation to pass to them, and who is there."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from chat import presence
from chat.actions import teams as act
from chat.models import Conversation
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation


@pytest.fixture
def billing(acme, olive, now):
    """A team of nobody yet."""
    return make_team("Billing", olive, now)


@pytest.fixture
def asked(acme, now):
    """A conversation that waits in the queue."""
    conversation = store_conversation(acme, ["Is it shipped?"], at=now - timedelta(hours=1))
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(waiting_since=now - timedelta(minutes=9))
    return conversation


def make_team(name, owner, now, *belonging):
    with tenant_scope(owner.tenant_id):
        team = act.create_team(name=name, actor=owner, now=now)
        for member in belonging:
            act.add_to_team(team_id=team.id, membership_id=member.id, actor=owner, now=now)
    return team


def is_there(member, at):
    asyncio.run(presence.give_sign(member.tenant_id, member.id, uuid4(), now=at))


def found(conversation):
    with tenant_scope(conversation.tenant_id):
        return Conversation.objects.select_related("team").get(id=conversation.id)


def holds(conversation, member):
    with tenant_scope(conversation.tenant_id):
        Conversation.objects.filter(id=conversation.id).update(assignee=member)


def transfer(conversation, team, actor, now):
    with tenant_scope(conversation.tenant_id):
        act.transfer_to_team(conversation_id=conversation.id, team_id=team and team.id, actor=actor, now=now)
    return found(conversation)


def events(tenant, event):
    with tenant_scope(tenant):
        return [entry.facts for entry in AuditEntry.objects.filter(event=event).order_by("at", "id")]
