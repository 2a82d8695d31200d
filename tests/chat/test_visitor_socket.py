"""The visitor's socket: what it takes, and what it tells whom."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from chat.actions.conversations import resolve_conversation
from chat.models import Contact, Conversation, Message, VisitorSession
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)


def test_looking_stores_nothing_and_a_first_message_begins_everything(acme, vera):
    with vera.connect() as visitor:
        with tenant_scope(acme):
            assert not VisitorSession.objects.exists()

        visitor.say(vera.start(visitor), "Hello")

    with tenant_scope(acme):
        assert Contact.objects.count() == Conversation.objects.count() == Message.objects.count() == 1


def test_a_repeated_frame_is_acknowledged_but_stored_once(acme, vera):
    client_id = uuid4()
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        first = visitor.say(conversation, "Is it shipped?", client_id=client_id)
        again = visitor.say(conversation, "Is it shipped?", client_id=client_id)

    assert again == first
    with tenant_scope(acme):
        assert Message.objects.count() == 1


def test_a_repeated_start_is_answered_with_the_same_conversation(acme, vera):
    client_id = uuid4()
    with vera.connect() as visitor:
        assert vera.start(visitor, client_id) == vera.start(visitor, client_id)

    with tenant_scope(acme):
        assert Conversation.objects.count() == 1


def test_the_senders_own_event_is_the_masked_truth(vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        client_id = visitor.post(conversation, "ssn 536-22-8726")

        own = visitor.expect("message.posted", client_id=client_id)

    assert own["text"] == "ssn [ssn]"
    assert own["author"] == {"kind": "visitor", "name": "You"}


def test_a_returning_visitor_resumes_where_they_left(vera):
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        for word in ("one", "two", "three"):
            visitor.say(conversation, word)

    with vera.connect(positions=[{"conversation": conversation, "after_sequence": 1}]) as visitor:
        assert vera.answer["conversation"] == {
            "id": conversation, "last_sequence": 3, "status": "open", "asks": True, "reachable": False,
        }  # fmt: skip
        visitor.send("conversation.resume", conversation=conversation, after_sequence=1)
        resumed = visitor.expect("conversation.resumed")

    assert [message["text"] for message in resumed["messages"]] == ["two", "three"]
    assert (resumed["last_sequence"], resumed["complete"]) == (3, True)


def test_a_second_tab_hears_what_the_first_one_says(vera):
    with vera.connect() as first:
        conversation = vera.start(first)
        first.say(conversation, "From the first tab")
        with vera.connect(positions=[{"conversation": conversation, "after_sequence": 1}]) as second:
            first.say(conversation, "And again")

            assert second.expect("message.posted")["text"] == "And again"


def test_typing_is_told_without_text_and_not_to_oneself(vera, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        agent.send("conversation.follow", conversation=conversation, after_sequence=0)
        agent.expect("conversation.resumed")

        visitor.send("typing.set", conversation=conversation, on=True)
        seen = agent.expect("typing.changed")
        agent.send("typing.set", conversation=conversation, on=True)
        told = visitor.expect("typing.changed")

    assert set(seen) == {"v", "type", "conversation", "author", "on"}
    assert seen["author"]["kind"] == "visitor"
    assert told["author"] == {"kind": "agent", "name": "Ada"}


def test_who_lies_about_what_they_have_seen_hears_what_comes_and_can_read_everything(vera, acme):
    with vera.connect() as first:
        conversation = vera.start(first)
        first.say(conversation, "One")
    far = [{"conversation": conversation, "after_sequence": 2**31 - 1}]

    with vera.connect(positions=far) as liar, vera.connect() as honest:
        honest.say(conversation, "Two")
        assert liar.expect("message.posted")["sequence"] == 2
        liar.send("conversation.resume", conversation=conversation, after_sequence=2**31 - 1)
        beyond = liar.expect("conversation.resumed")
        liar.send("conversation.resume", conversation=conversation, after_sequence=0)
        whole = liar.expect("conversation.resumed")
        liar.send("conversation.resume", conversation=conversation, after_sequence=-1)
        refused = liar.expect("error")

    assert (beyond["messages"], beyond["last_sequence"]) == ([], 2)
    assert [message["text"] for message in whole["messages"]] == ["One", "Two"]
    assert (refused["code"], refused["field"]) == ("bad_frame", "after_sequence")


def test_the_same_id_from_two_sockets_at_once_is_stored_once_and_both_are_told(vera, acme):
    with vera.connect() as first:
        conversation, client_id = vera.start(first), uuid4()
        with vera.connect(positions=[{"conversation": conversation, "after_sequence": 0}]) as second:
            for socket in (first, second):
                socket.post(conversation, "Twice", client_id=client_id)
            told = [socket.expect("message.acknowledged", client_id=client_id) for socket in (first, second)]

    assert told[0] == told[1]
    with tenant_scope(acme):
        assert Message.objects.count() == 1


def test_an_id_from_a_clock_that_is_years_off_is_taken_and_the_time_is_ours(vera, acme, now):
    with vera.connect() as socket:
        conversation = vera.start(socket)
        # UUIDv7 (RFC 9562, section 5.7) of 1970 and of the year 10889.
        for client_id in (UUID("00000000-0000-7000-8000-000000000001"), UUID("ffffffff-ffff-7fff-bfff-ffffffffffff")):
            at = datetime.fromisoformat(socket.say(conversation, "From another time", client_id=client_id)["at"])
            assert abs(at - now) < timedelta(minutes=5)


def test_a_conversation_that_was_resolved_a_moment_ago_takes_nothing_that_is_under_way(vera, acme, ada, now):
    with vera.connect() as socket:
        conversation = vera.start(socket)
        socket.say(conversation, "Before")
        with tenant_scope(acme):
            resolve_conversation(conversation_id=UUID(conversation), actor=ada, now=now)
        ids = [socket.post(conversation, f"After, the {number}. time") for number in range(5)]
        told = [socket.expect("error") for _ in ids]

    assert [(error["code"], error["client_id"]) for error in told] == [("resolved", str(each)) for each in ids]
    with tenant_scope(acme):
        assert Message.objects.count() == 1
