"""What a socket posts at once is stored together, in order, and acknowledged."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings

from chat import groups
from chat.delivery.hub import hub
from tenants.pipelined import Pipeline
from tests.chat.consumer.conftest import begin, count
from tests.support.peer import Peer, post

pytestmark = pytest.mark.django_db(transaction=True)


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self):
        self.relays = []

    def hear(self, channel, told, shared):
        self.relays.append(told)


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
    assert await sync_to_async(count)(acme) == 1


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
