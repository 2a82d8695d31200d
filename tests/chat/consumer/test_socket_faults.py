"""Failures behind a socket are told by a code; what was missed is read again."""

import asyncio
from uuid import UUID, uuid4

import psycopg
import pytest
import redis
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chat import groups
from chat.actions import messages as actions
from chat.broadcast import addressed
from chat.consumers import attending
from chat.delivery.hub import hub
from chat.models import Conversation
from chat.permissions import Visitor
from compliance.masking import DetectorFailedError
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.chat.consumer.conftest import begin, count
from tests.support.peer import Peer, post

pytestmark = pytest.mark.django_db(transaction=True)


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
    assert await sync_to_async(count)(acme) == 1


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
    assert await sync_to_async(count)(acme) == 1


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
