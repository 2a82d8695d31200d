"""An open socket is given the ticket of the one that follows it."""

import pytest
import redis
from asgiref.sync import sync_to_async

from chat import authentication
from chat.consumers.visitor import VisitorConsumer
from chat.models import VisitorSession
from tenants.scoping import tenant_scope
from tests.chat.consumer.conftest import begin
from tests.support.peer import Peer, post

pytestmark = pytest.mark.django_db(transaction=True)


async def opened(peer, ticket, *conversations):
    positions = [{"conversation": each, "after_sequence": 0} for each in conversations]
    await peer.send("session.open", ticket=ticket, conversations=positions)
    return await peer.expect("session.opened")


async def refused(ticket):
    async with Peer() as peer:
        await peer.send("session.open", ticket=ticket, conversations=[])
        return await peer.closed_with()


@pytest.fixture
def beating(monkeypatch):
    """A heartbeat at once, and the next in good time."""
    monkeypatch.setattr(VisitorConsumer, "heartbeat_s", 0.1)


async def beat_of(peer, conversation):
    """The next heartbeat that knows the conversation: one may have been on its way before it began."""
    while True:
        # The one before may have come, and been passed over, meanwhile.
        await peer.send("heartbeat")
        beat = await peer.expect("heartbeat")
        if any(state["conversation"] == conversation for state in beat["conversations"]):
            return beat


async def test_whoever_is_thrown_off_comes_back_by_the_ticket_they_were_left_which_is_good_once(ticket, beating):
    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await post(peer, conversation, "Is it shipped?")
        await peer.expect("message.acknowledged")
        left = (await beat_of(peer, conversation))["ticket"]

    async with Peer() as peer:
        back = await opened(peer, left, conversation)
        await post(peer, conversation, "Hello?")
        acknowledged = await peer.expect("message.acknowledged")

    assert [state["last_sequence"] for state in back["conversations"]] == [1]
    assert acknowledged["sequence"] == 2
    assert await refused(left) == 4401


async def test_each_opening_and_each_heartbeat_leaves_another_ticket(ticket, beating):
    async with Peer() as peer:
        first = await opened(peer, ticket)
        second = await peer.expect("heartbeat")
        await peer.send("heartbeat")
        third = await peer.expect("heartbeat")

    assert len({event["ticket"] for event in (first, second, third)}) == 3


async def test_the_ticket_of_a_session_that_is_gone_opens_nothing(acme, ticket, beating):
    async with Peer() as peer:
        left = (await beat_of(peer, await begin(peer, ticket)))["ticket"]

    await sync_to_async(_end_sessions)(acme)

    assert await refused(left) == 4401


async def test_a_session_opens_without_the_next_ticket_while_nobody_can_keep_one(ticket, monkeypatch):
    async def lost(*_):
        raise redis.ConnectionError

    monkeypatch.setattr(authentication._kept, "ask", lost)
    async with Peer() as peer:
        assert "ticket" not in await opened(peer, ticket)


def _end_sessions(tenant):
    with tenant_scope(tenant):
        VisitorSession.objects.all().delete()
