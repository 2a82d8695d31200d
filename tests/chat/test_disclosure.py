"""The one door to plaintext: who passes it, and what is shown of what can't be opened."""

from dataclasses import replace
from uuid import uuid4

import pytest

from chat import broadcast, disclosure, queues
from chat.actions import messages
from chat.actions.conversations import start_conversation
from chat.models import Conversation, Inbox, Message
from chat.permissions import Visitor
from chat.protocol import relay
from chat.protocol.relay import AccessNews, ConversationNews, PostedEntry, TypingNews, UnreadableRelayError
from helpdesk.core import valkey
from tenants.keyring import ring
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


@pytest.fixture
def said(acme, now):
    """A stored message, as it travels, and the visitor who wrote it."""
    with tenant_scope(acme):
        inbox = Inbox.objects.get()
    conversation, visitor = start_conversation(
        visitor=Visitor(acme.id, inbox.id, uuid4().bytes * 2), client_id=uuid4(), now=now
    )
    committed = messages.post_visitor_message(
        visitor=visitor,
        conversation_id=conversation.id,
        client_id=uuid4(),
        text="Card 4111111111111111",
        kind="public",
        now=now,
    )
    return committed.entry, visitor


def test_an_agent_and_the_visitor_read_it_under_the_names_they_know(said, ada):
    entry, visitor = said

    assert disclosure.for_viewer(entry, ada).author.name.startswith("Visitor ")
    assert disclosure.for_viewer(entry, visitor).author.name == "You"
    assert disclosure.for_viewer(entry, visitor).text == "Card [card •••• 1111]"


def test_nobody_else_reads_it(said, mallory, ada):
    entry, visitor = said
    someone = replace(visitor, contact_id=uuid4())
    nobody = replace(visitor, contact_id=None)
    ada.is_active = False

    for viewer in (mallory, someone, nobody, ada):
        with pytest.raises(NotPermittedError):
            disclosure.for_viewer(entry, viewer)
    with pytest.raises(NotPermittedError):
        disclosure.for_viewer(replace(entry, kind="note"), visitor)


def test_an_envelope_that_was_moved_or_altered_shows_nothing(said, ada):
    entry, _ = said

    for forged in (
        replace(entry, message_id=uuid4()),
        replace(entry, body=entry.body[:-1] + bytes([entry.body[-1] ^ 1])),
        replace(entry, body=b"x"),
    ):
        assert disclosure.for_viewer(forged, ada).text == disclosure.UNREADABLE


def test_without_its_key_a_message_is_gone(acme, said, ada):
    entry, _ = said
    ring.destroy_contact_keys(acme.id, [entry.contact_id])

    assert disclosure.for_viewer(entry, ada).text == disclosure.UNREADABLE


def test_a_long_resume_ends_early_and_says_so(acme, said, ada, now, monkeypatch):
    entry, visitor = said
    for number in range(4):
        messages.post_visitor_message(
            visitor=visitor,
            conversation_id=entry.conversation_id,
            client_id=uuid4(),
            text="word " * (number + 50),
            kind="public",
            now=now,
        )
    monkeypatch.setattr(disclosure, "RESUMED_BYTES", 700)

    with tenant_scope(acme):
        conversation = Conversation.objects.get()
        first = disclosure.resumed(conversation, ada, 0, now=now)
        rest = disclosure.resumed(conversation, ada, first.messages[-1].sequence, now=now)

    assert not first.complete
    assert [message.sequence for message in first.messages + rest.messages][:4] == [1, 2, 3, 4]


def test_a_long_last_line_is_cut(acme, said, ada, now):
    entry, visitor = said
    messages.post_visitor_message(
        visitor=visitor,
        conversation_id=entry.conversation_id,
        client_id=uuid4(),
        text="so\n" * 200,
        kind="public",
        now=now,
    )

    with tenant_scope(acme):
        (row,) = disclosure.with_last_lines(queues.rows_in("open", ada), ada, now=now)

    assert len(row.last_line) == disclosure.LINE_LENGTH
    assert row.last_line.startswith("so so so")


def test_what_processes_tell_one_another_comes_out_as_it_went_in(said):
    entry, _ = said
    tenant_id, conversation_id = entry.tenant_id, entry.conversation_id
    for told in (
        entry,
        entry.remasked(),
        ConversationNews(tenant_id, conversation_id, "open"),
        TypingNews(tenant_id, conversation_id, "agent", uuid4(), True),
        AccessNews(tenant_id),
    ):
        assert relay.decode(relay.encode([told, told], "m" * 32)) == [told, told]
    assert relay.sender_of(relay.encode([entry], "m" * 32)) == "m" * 32
    assert isinstance(entry, PostedEntry)


@pytest.mark.parametrize("data", [b"", b"{}", b'[["posted"]]', b'[["no", 1]]', b"[7]", b'[["access", "x"]]', b"\xff"])
def test_what_is_not_ours_is_not_taken(data):
    with pytest.raises(UnreadableRelayError):
        relay.decode(b"0" * 32 + data)


def test_without_valkey_what_was_done_stays_done(said, monkeypatch, django_capture_on_commit_callbacks):
    import redis

    def down(_url):
        raise redis.ConnectionError

    monkeypatch.setattr(valkey, "client", down)

    with django_capture_on_commit_callbacks(execute=True):
        broadcast.message_posted(said[0], "open")

    with tenant_scope(said[0].tenant_id):
        assert Message.objects.count() == 1
