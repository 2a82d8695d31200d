"""A socket's life: opened, kept alive by heartbeats, cut off when it is slow, silent or foreign."""

import asyncio
import contextlib

import pytest
import redis
from django.conf import settings
from django.test import Client

from chat.consumers import agent, attending, outbox
from chat.consumers.agent import AgentConsumer
from chat.consumers.flood import BURST, Allowance
from chat.consumers.outbox import Outbox, OutboxFullError
from chat.consumers.visitor import VisitorConsumer
from chat.delivery.positions import positions
from tests.chat.consumer.conftest import begin
from tests.support.peer import Peer, post

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_socket_that_opens_no_session_is_closed(acme, monkeypatch):
    monkeypatch.setattr(attending, "OPENED_WITHIN_S", 0.05)
    async with Peer() as peer:
        assert await peer.closed_with() == 4408


async def test_a_socket_whose_session_cannot_be_opened_is_closed_so_that_its_client_comes_again(ticket, monkeypatch):
    async def lost(*_):
        raise redis.ConnectionError

    monkeypatch.setattr("chat.consumers.visitor.redeem_ticket", lost)
    async with Peer() as peer:
        await peer.send("session.open", ticket=ticket, conversations=[])

        assert (await peer.expect("error"))["code"] == "unavailable"
        assert await peer.closed_with() == 1013


@pytest.fixture
def ada_s_scope(ada, sign_in):
    """Her socket's address and cookie."""
    session = sign_in(Client(), ada).cookies[settings.SESSION_COOKIE_NAME]
    headers = [(b"origin", settings.SITE_ORIGIN.encode()), (b"cookie", f"{session.key}={session.value}".encode())]
    return {"headers": headers, "url_route": {"kwargs": {"slug": "acme"}}}


async def test_what_is_said_while_a_session_is_opened_is_not_left_to_the_next_heartbeat(
    ticket, ada_s_scope, monkeypatch
):
    async with Peer() as vera, Peer(consumer=AgentConsumer, **ada_s_scope) as ada:
        conversation = await begin(vera, ticket)
        await post(vera, conversation)
        await vera.expect("message.acknowledged")

        async def looked_just_before(*arguments):
            monkeypatch.undo()
            looked = await positions(*arguments)
            await post(vera, conversation, "Meanwhile")
            await vera.expect("message.acknowledged")
            return looked

        monkeypatch.setattr(agent, "positions", looked_just_before)
        position = {"conversation": conversation, "after_sequence": 1}
        await ada.send("session.open", conversations=[position])

        resumed = await ada.expect("conversation.resumed")
        assert [message["text"] for message in resumed["messages"]] == ["Meanwhile"]


async def test_a_silent_socket_is_closed_after_an_unanswered_heartbeat(ticket, monkeypatch):
    monkeypatch.setattr(VisitorConsumer, "heartbeat_s", 0.05)
    monkeypatch.setattr(attending, "ANSWERED_WITHIN_S", 2.0)
    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await post(peer, conversation)
        await peer.expect("message.acknowledged")
        beat = {"conversations": []}
        while not beat["conversations"] or beat["conversations"][0]["last_sequence"] == 0:
            await peer.send("heartbeat")
            beat = await peer.expect("heartbeat")

        marks = {"read_sequence": 0, "seen_sequence": 0}
        assert beat["conversations"] == [{"conversation": conversation, "last_sequence": 1, **marks}]
        assert await peer.closed_with() == 4408


async def test_a_slow_reader_is_cut_off_and_costs_nobody_else(ticket, monkeypatch):
    put, full = Outbox.put, asyncio.Event()

    def watched(waiting, item):
        try:
            put(waiting, item)
        except OutboxFullError:
            full.set()
            raise

    monkeypatch.setattr(outbox, "MAX_ITEMS", 20)
    monkeypatch.setattr(Outbox, "put", watched)
    async with Peer() as peer:
        await begin(peer, ticket)
        peer.reads.clear()
        for _ in range(60):
            await peer.inward.put({"type": "websocket.receive", "text": "{}"})
        await asyncio.wait_for(full.wait(), 30)
        peer.reads.set()

        assert await peer.closed_with() == 4413


async def test_a_visitors_socket_needs_no_origin_but_refuses_a_foreign_one():
    async with Peer(origin=None):
        pass
    foreign = Peer(origin="https://evil.example")
    with contextlib.suppress(AssertionError):
        await foreign.__aenter__()
    await asyncio.wait_for(foreign.task, 2)
    assert foreign.outward.empty()


def test_an_allowance_of_frames_fills_up_again(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("chat.consumers.flood.time.monotonic", lambda: now[0])
    allowance = Allowance()

    assert all(allowance.takes() for _ in range(BURST))
    assert not allowance.takes()
    now[0] += 1
    assert [allowance.takes() for _ in range(21)].count(True) == 20


async def test_one_large_answer_may_wait_but_several_may_not():
    waiting = Outbox()
    waiting.put("x" * outbox.MAX_BYTES * 2)

    with pytest.raises(OutboxFullError):
        waiting.put("y")
    assert len(waiting.take()) == outbox.MAX_BYTES * 2
