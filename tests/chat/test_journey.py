"""A visitor asks, an agent answers: through the real server, its sockets, PostgreSQL and Valkey."""

import pytest

from chat.models import Conversation, Finding, Message
from compliance.models import AuditEntry
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)

CARD = "4111 1111 1111 1111"


def test_a_visitor_asks_with_a_card_number_and_an_agent_answers(acme, ada, vera, open_agent_socket):
    agent = open_agent_socket(ada)
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, f"Please charge {CARD}, thanks")
        agent.expect("conversation.changed", conversation=conversation)

        agent.send("conversation.follow", conversation=conversation, after_sequence=0)
        resumed = agent.expect("conversation.resumed")
        agent.say(conversation, "That went through.")
        answer = visitor.expect("message.posted", timeout=3)
        while answer["author"]["kind"] != "agent":
            answer = visitor.expect("message.posted", timeout=3)

    (shown,) = resumed["messages"]
    assert shown["text"] == "Please charge [card •••• 1111], thanks"
    assert shown["findings"] == [{"entity": "CARD", "start": 14, "end": 30}]
    assert shown["author"]["kind"] == "visitor"
    assert resumed["complete"] is True
    assert (answer["text"], answer["author"]["name"], answer["sequence"]) == ("That went through.", "Ada", 2)
    with tenant_scope(acme):
        body = bytes(Message.objects.get(sequence=1).body)
        assert b"charge" not in body
        assert b"1111" not in body
        assert Finding.objects.get().last_four == "1111"
        assert AuditEntry.objects.filter(event="masking.card_caught").count() == 1
        stored = Conversation.objects.get()
        assert stored.waiting_since is None
        assert stored.first_reply_at is not None


def test_an_open_conversation_reaches_the_agent_live(ada, vera, open_agent_socket):
    agent = open_agent_socket(ada)
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
        agent.send("conversation.follow", conversation=conversation, after_sequence=1)
        agent.expect("conversation.resumed")

        visitor.say(conversation, "Are you there?")

        posted = agent.expect("message.posted")
    assert (posted["text"], posted["sequence"], posted["kind"]) == ("Are you there?", 2, "public")
