"""What the visitor's socket refuses, slows and never shows."""

import contextlib
import json
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat.models import Message
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests.factories.chats import widget_key
from tests.support.sockets import Browser, ChatSocket, dial, eventually

pytestmark = pytest.mark.django_db(transaction=True)


def frame(**fields):
    return json.dumps({"v": 1, **fields})


def test_a_visitor_never_receives_a_note(vera, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        visitor.expect("message.posted")
        agent.say(conversation, "Seems upset", kind="note")

        assert visitor.hears_nothing("message.posted")
        visitor.send("conversation.resume", conversation=conversation, after_sequence=0)
        resumed = visitor.expect("conversation.resumed")
        agent.say(conversation, "Hello!")
        reply = visitor.expect("message.posted")

    assert [message["text"] for message in resumed["messages"]] == ["Hello"]
    assert resumed["last_sequence"] == 1
    assert reply["sequence"] == 2


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("not json", "bad_frame"),
        ("[1, 2]", "bad_frame"),
        ('"text"', "bad_frame"),
        ("[" * 20_000, "bad_frame"),
        ('{"v": 1}', "unknown_type"),
        ('{"v": 1, "type": ["message.post"]}', "unknown_type"),
        ('{"v": 1, "type": "conversation.follow"}', "unknown_type"),
        ('{"v": 2, "type": "heartbeat"}', "bad_frame"),
        ('{"v": 1, "type": "heartbeat", "extra": true}', "bad_frame"),
        ('{"v": 1, "type": "conversation.start", "client_id": "1"}', "bad_frame"),
        ('{"v": 1, "type": "conversation.start", "client_id": 7}', "bad_frame"),
        (b"\x00\x01", "bad_frame"),
    ],
)
def test_a_frame_that_is_no_command_gets_an_error_and_the_socket_lives(vera, sent, code):
    with vera.connect() as visitor:
        visitor.send_raw(sent)

        assert visitor.expect("error")["code"] == code
        assert vera.start(visitor)


def test_the_error_names_the_message_and_the_field(vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        too_long, empty = visitor.post(conversation, "é" * 4097), visitor.post(conversation, "  ")

        assert visitor.expect("error", client_id=too_long)["code"] == "too_long"
        assert visitor.expect("error", client_id=empty) == {
            "v": 1, "type": "error", "code": "bad_frame", "client_id": str(empty), "field": "text",
        }  # fmt: skip
        assert visitor.say(conversation, "é" * 4096)["sequence"] == 1


def test_an_oversized_frame_closes_the_socket(vera):
    with vera.connect() as visitor:
        visitor.send_raw(frame(type="message.post", text="x" * 70_000))

        assert visitor.closed_with() in {4400, 1009}


def test_what_comes_before_the_session_is_refused(server):
    chat = ChatSocket(dial(server, "/ws/visitor/", origin=server.origin))
    with chat:
        chat.send("conversation.start", client_id=uuid4())

        assert chat.expect("error")["code"] == "not_permitted"


def test_a_ticket_is_good_once(vera, server):
    with vera.connect():
        chat = ChatSocket(dial(server, "/ws/visitor/", origin=server.origin))
        chat.send("session.open", ticket=vera.answer["ticket"], conversations=[])

        assert chat.closed_with() == 4401


def test_a_made_up_ticket_opens_nothing(server):
    chat = ChatSocket(dial(server, "/ws/visitor/", origin=server.origin))
    chat.send("session.open", ticket="a" * 43, conversations=[])

    assert chat.closed_with() == 4401


def test_another_sites_page_gets_no_socket(server):
    with pytest.raises(InvalidStatus):
        dial(server, "/ws/visitor/", origin="https://evil.example")


def test_an_unknown_address_gets_no_socket(server):
    with pytest.raises(InvalidStatus):
        dial(server, "/ws/nowhere/", origin=server.origin)


def test_another_visitors_conversation_is_not_there(acme, vera, server):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Mine")
        stranger = Browser(server, widget_key(acme))
        with stranger.connect(positions=[{"conversation": conversation, "after_sequence": 0}]) as other:
            stranger.start(other)
            for command in ("conversation.resume", "typing.set", "message.post"):
                fields = {"conversation.resume": {"after_sequence": 0}, "typing.set": {"on": True}}.get(
                    command, {"text": "Let me in", "client_id": uuid4()}
                )
                other.send(command, conversation=conversation, **fields)
                assert other.expect("error")["code"] == "not_found"
            visitor.say(conversation, "Still mine")

            assert other.hears_nothing("message.posted")


def test_another_organisations_conversation_is_not_there(vera, globex, server):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Mine")
    elsewhere = Browser(server, widget_key(globex))
    elsewhere.token = vera.token
    with elsewhere.connect() as other:
        assert elsewhere.answer["conversation"] is None
        elsewhere.start(other)
        other.send("conversation.resume", conversation=conversation, after_sequence=0)

        assert other.expect("error")["code"] == "not_found"


def test_a_visitor_who_posts_without_end_is_slowed_and_nothing_stored_is_lost(acme, vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        ids = [visitor.post(conversation, f"message {chr(97 + number)}") for number in range(26)]
        answers = {}
        while len(answers) < len(ids):
            event = visitor.receive()
            if event["type"] in {"error", "message.acknowledged"}:
                answers[event["client_id"]] = event

    refused = [event for event in answers.values() if event["type"] == "error"]
    assert refused
    assert {event["code"] for event in refused} == {"too_fast"}
    assert all(event["retry_ms"] > 0 for event in refused)
    with tenant_scope(acme):
        assert Message.objects.count() == len(ids) - len(refused)


def test_a_visitor_who_opens_conversations_without_end_is_slowed(vera):
    with vera.connect() as visitor:
        for _ in range(6):
            visitor.send("conversation.start", client_id=uuid4())
        for _ in range(5):
            visitor.expect("conversation.started")

        assert visitor.expect("error")["code"] == "too_fast"


def test_a_flood_of_frames_ends_the_socket(vera):
    with vera.connect() as visitor:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(1500):
                visitor.send_raw("{}")

        assert visitor.closed_with() in {4429, 4413}


def test_a_suspended_organisations_visitor_is_turned_away(acme, vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        Tenant.objects.filter(id=acme.id).update(status="suspended")

        def is_closed():
            visitor.post(conversation, "Still there?")
            return visitor.closed_with(1.0)

        assert _patiently(is_closed) == 4401


def _patiently(look):
    def looked():
        try:
            return look()
        except AssertionError:
            return None

    return eventually(looked)
