"""The socket itself, driven in process."""

from uuid import uuid4

import pytest

from chat import authentication
from chat.models import Inbox, Message
from chat.permissions import Visitor
from tenants.scoping import tenant_scope


@pytest.fixture
def ticket(acme):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    return authentication.issue_ticket(Visitor(acme.id, inbox.id, uuid4().bytes * 2))


async def begin(peer, ticket):
    await peer.send("session.open", ticket=ticket, conversations=[])
    await peer.expect("session.opened")
    await peer.send("conversation.start", client_id=uuid4())
    return (await peer.expect("conversation.started"))["conversation"]


def count(tenant):
    with tenant_scope(tenant):
        return Message.objects.count()
