"""The socket itself, driven in process: time limits, slow readers, failures behind it."""

import asyncio
import contextlib
import json
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from chat import authentication, groups
from chat.actions import messages as actions
from chat.broadcast import addressed
from chat.consumers import agent, attending, outbox
from chat.consumers.agent import AgentConsumer
from chat.consumers.flood import BURST, Allowance
from chat.consumers.outbox import Outbox, OutboxFullError
from chat.consumers.visitor import VisitorConsumer
from chat.delivery.hub import hub
from chat.delivery.positions import positions
from chat.models import Conversation, Inbox, Message
from chat.permissions import Visitor
from compliance.masking import DetectorFailedError
from helpdesk.core import clock
from tenants.pipelined import Pipeline
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


class Peer:
    """The other end of one consumer."""

    def __init__(self, *, origin=settings.SITE_ORIGIN, consumer=VisitorConsumer, **scope):
        headers = [(b"origin", origin.encode())] if origin else []
        self.scope = {"type": "websocket", "headers": headers, "client": ("192.0.2.7", 1), "path": "/ws/visitor/"}
        self.scope |= scope
        self.consumer = consumer
        self.inward, self.outward = asyncio.Queue(), asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()

    async def __aenter__(self):
        self.task = asyncio.create_task(self.consumer.as_asgi()(self.scope, self.inward.get, self._take))
        await self.inward.put({"type": "websocket.connect"})
        assert (await self.heard())["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *_):
        await self.inward.put({"type": "websocket.disconnect", "code": 1001})
        self.reads.set()
        await asyncio.wait_for(self.task, 5)
        await hub().close()

    async def _take(self, event):
        await self.reads.wait()
        await self.outward.put(event)

    async def heard(self):
        return await asyncio.wait_for(self.outward.get(), 8)

    async def send(self, type_, /, **fields):
        frame = json.dumps({"v": 1, "type": type_, **fields}, default=str)
        await self.inward.put({"type": "websocket.receive", "text": frame})

    async def expect(self, type_):
        while True:
            event = await self.heard()
            if event["type"] == "websocket.close":
                raise AssertionError(f"closed with {event['code']}")
            told = json.loads(event["text"])
            if told["type"] == type_:
                return told

    async def closed_with(self):
        while (event := await self.heard())["type"] != "websocket.close":
            pass
        return event["code"]


@pytest.fixture
def ticket(acme):
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    return authentication.issue_ticket(Visitor(acme.id, inbox.id, uuid4().bytes * 2))


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.relays = []

    def hear(self, channel, told, shared):
        self.relays.append(told)


async def begin(peer, ticket):
    await peer.send("session.open", ticket=ticket, conversations=[])
    await peer.expect("session.opened")
    await peer.send("conversation.start", client_id=uuid4())
    return (await peer.expect("conversation.started"))["conversation"]


async def post(peer, conversation, text="Hello"):
    client_id = str(uuid4())
    await peer.send("message.post", client_id=client_id, conversation=conversation, text=text)
    return client_id


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


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (DetectorFailedError("card"), "being_checked"),
        (OperationalError("secret text"), "unavailable"),
        (ValueError("secret text"), "unavailable"),
    ],
)
async def test_what_fails_is_told_by_a_code_and_nothing_is_stored(acme, ticket, monkeypatch, caplog, failure, code):
    def fail(*_args, **_kwargs):
        raise failure

    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        with monkeypatch.context() as broken:
            broken.setattr("chat.actions.messages.ingest", fail)
            client_id = await post(peer, conversation, "my secret text")
            error = await peer.expect("error")

        assert (error["code"], error["client_id"]) == (code, client_id)
        assert error["retry_ms"] > 0
        assert "secret" not in caplog.text
        await post(peer, conversation)
        assert (await peer.expect("message.acknowledged"))["sequence"] == 1
    assert await sync_to_async(_count)(acme) == 1


async def test_without_valkey_a_message_is_stored_but_no_conversation_begun(acme, ticket, monkeypatch):
    async def down(*_args, **_kwargs):
        raise redis.ConnectionError("nobody there")

    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await hub().close()
        with monkeypatch.context() as broken:
            broken.setattr("helpdesk.core.ratelimit.Limit.await_s", down)
            await post(peer, conversation)
            acknowledged = await peer.expect("message.acknowledged")
            client_id = str(uuid4())
            await peer.send("conversation.start", client_id=client_id)
            error = await peer.expect("error")

    assert acknowledged["sequence"] == 1
    assert (error["code"], error["client_id"]) == ("unavailable", client_id)
    assert await sync_to_async(_count)(acme) == 1


async def test_what_is_being_stored_when_the_socket_goes_is_told_all_the_same(acme, ticket, monkeypatch):
    run, committing = Pipeline.run, asyncio.Event()

    async def slowly(pipeline, statements):
        committing.set()
        await asyncio.sleep(0.3)
        return await run(pipeline, statements)

    heard = Heard()
    peer = Peer()
    async with peer:
        conversation = await begin(peer, ticket)
        await hub().join(groups.conversation(acme.id, conversation), heard)
        monkeypatch.setattr(Pipeline, "run", slowly)
        await post(peer, conversation)
        await asyncio.wait_for(committing.wait(), 5)
        await peer.inward.put({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(peer.task, 5)

        async with asyncio.timeout(5):
            while not heard.relays:
                await asyncio.sleep(0.05)

    assert heard.relays[0].sequence == 1
    assert await sync_to_async(_count)(acme) == 1


async def test_what_a_socket_posts_at_once_is_stored_together_and_acknowledged_in_order(ticket, monkeypatch):
    run, batches = Pipeline.run, []

    async def noted(pipeline, statements):
        batches.extend(len(one.parameters["client_ids"]) for one in statements if "client_ids" in one.parameters)
        return await run(pipeline, statements)

    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await post(peer, conversation)
        await peer.expect("message.acknowledged")
        monkeypatch.setattr(Pipeline, "run", noted)
        posted = [await post(peer, conversation, f"Sentence {number} of many") for number in range(8)]
        told = [await peer.expect("message.acknowledged") for _ in posted]

    assert [(each["client_id"], each["sequence"]) for each in told] == list(zip(posted, range(2, 10), strict=True))
    assert sum(batches) == 8
    assert len(batches) < 8


async def test_a_part_of_a_number_waits_for_what_the_socket_said_before_it(acme, ticket):
    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        for part in ("4111 1111", "1111 1111"):
            await post(peer, conversation, part)
        for _ in range(2):
            await peer.expect("message.acknowledged")
        await peer.send("conversation.resume", conversation=conversation, after_sequence=0)
        shown = (await peer.expect("conversation.resumed"))["messages"]

    assert "1111 1111" not in " ".join(message["text"] for message in shown)


async def test_no_more_than_fifty_of_a_sockets_messages_are_under_way_and_none_is_refused(ticket, monkeypatch):
    monkeypatch.setattr(settings, "CHAT_LIMITS_TIMES", 100)
    run, go_on = Pipeline.run, asyncio.Event()

    async def held(pipeline, statements):
        await go_on.wait()
        return await run(pipeline, statements)

    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await post(peer, conversation)
        await peer.expect("message.acknowledged")
        monkeypatch.setattr(Pipeline, "run", held)
        posted = [await post(peer, conversation) for _ in range(70)]
        async with asyncio.timeout(5):
            while peer.inward.qsize() > 20:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        unread = peer.inward.qsize()
        go_on.set()
        told = [(await peer.expect("message.acknowledged"))["client_id"] for _ in posted]

    assert unread == 20
    assert told == posted


async def test_who_cannot_be_told_what_they_missed_is_asked_to_come_again(ticket, monkeypatch):
    async def away(*_args, **_options):
        raise psycopg.OperationalError("nobody there")

    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        monkeypatch.setattr("chat.consumers.visitor.resumed", away)
        await peer.send("conversation.resume", conversation=conversation, after_sequence=0)

        assert (await peer.expect("error"))["code"] == "unavailable"
        assert await peer.closed_with() == 1013


async def test_who_cannot_be_looked_at_when_a_message_comes_is_asked_to_come_again(acme, ticket, monkeypatch):
    async def away(*_args, **_options):
        raise psycopg.OperationalError("nobody there")

    async with Peer() as peer:
        await begin(peer, ticket)
        monkeypatch.setattr("chat.consumers.visitor.present_visitor", away)
        monkeypatch.setattr(attending, "ACCESS_LIVES_S", -1)
        committed = await sync_to_async(_say_unheard)(acme)
        hub().deliver(addressed(committed.entry, committed.status))

        assert await peer.closed_with() == 1013


async def test_what_cannot_be_shown_leaves_a_gap_and_the_socket_lives(ticket, monkeypatch):
    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        with monkeypatch.context() as broken:
            broken.setattr("chat.consumers.visitor.frame_for_viewer", lambda *_: 1 / 0)
            await post(peer, conversation)
            await peer.expect("message.acknowledged")
            await asyncio.sleep(0.2)
        await peer.send("conversation.resume", conversation=conversation, after_sequence=0)

        assert len((await peer.expect("conversation.resumed"))["messages"]) == 1


async def test_when_the_channels_are_back_only_who_lags_reads_what_was_missed(acme, ticket):
    async with Peer() as peer:
        conversation = await begin(peer, ticket)
        await post(peer, conversation)
        await peer.expect("message.posted")
        channel = groups.conversation(acme.id, UUID(conversation))

        await hub().catch_up([channel])
        await sync_to_async(_say_unheard)(acme)
        await hub().catch_up([channel])

        resumed = await peer.expect("conversation.resumed")
    assert [message["sequence"] for message in resumed["messages"]] == [2]
    assert resumed["last_sequence"] == 2


def _say_unheard(tenant):
    """Post without telling anyone, as a process that died between its commit and its publish."""
    with tenant_scope(tenant):
        conversation = Conversation.objects.get()
    visitor = Visitor(
        tenant.id, conversation.inbox_id, b"", session_id=conversation.started_by_id, contact_id=conversation.contact_id
    )
    return actions.post_visitor_message(
        visitor=visitor,
        conversation_id=conversation.id,
        client_id=uuid4(),
        text="Unheard",
        kind="public",
        now=clock.now(),
    )


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


def _count(tenant):
    with tenant_scope(tenant):
        return Message.objects.count()
