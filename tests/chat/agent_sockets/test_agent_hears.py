"""What an agent hears over a socket: masked, in order, recorded, and no more than is followed."""

import time
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from chat.actions.conversations import resolve_conversation
from chat.actions.visitors import block_visitor
from chat.models import Contact
from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.agent_sockets.conftest import follow
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_restricted_is_followed_by_who_handles_requests_alone(acme, vera_asks, ada, olive, open_agent_socket):
    with tenant_scope(acme):
        Contact.objects.update(restricted_at=clock.now())
    agent = open_agent_socket(ada)
    agent.send("conversation.follow", conversation=vera_asks, after_sequence=0)

    assert agent.expect("error")["code"] == "not_found"
    assert follow(open_agent_socket(olive), vera_asks)["messages"]


def test_following_discloses_and_is_recorded_once_with_the_count(acme, vera_asks, ada, open_agent_socket):
    follow(open_agent_socket(ada), vera_asks)

    with tenant_scope(acme):
        entry = AuditEntry.objects.get(event="conversation.disclosed")
    assert (str(entry.object_id), entry.facts["count"], entry.actor_id) == (vera_asks, 1, ada.id)


def test_what_is_no_longer_followed_is_no_longer_shown(vera, vera_asks, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    agent.send("conversation.unfollow", conversation=vera_asks)
    with vera.connect() as visitor:
        visitor.say(vera_asks, "Anyone?")

    agent.expect("conversation.changed", conversation=vera_asks)
    assert agent.hears_nothing("message.posted")


def test_two_agents_see_the_same_order(vera_asks, ada, sam, open_agent_socket):
    first, second = open_agent_socket(ada), open_agent_socket(sam)
    follow(first, vera_asks), follow(second, vera_asks)

    for number in range(5):
        (first if number % 2 else second).say(vera_asks, f"reply {chr(97 + number)}")
    first.say(vera_asks, "only for us", kind="note")

    seen = [_posted(agent, 6) for agent in (first, second)]
    assert seen[0] == seen[1]
    assert [sequence for sequence, _ in seen[0]] == [2, 3, 4, 5, 6, 7]


def test_a_card_that_an_agent_repeats_is_masked_too(vera_asks, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    agent.say(vera_asks, "You wrote 4111111111111111?")

    (event,) = [event for event in agent.set_aside if event["type"] == "message.posted"] or [
        agent.expect("message.posted")
    ]
    assert event["text"] == "You wrote [card •••• 1111]?"


def test_a_supervisors_view_without_the_right_to_answer_cannot_post(acme, vera_asks, now, open_agent_socket):
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)
    agent = open_agent_socket(officer)
    follow(agent, vera_asks)
    client_id = agent.post(vera_asks, "Hello")

    assert agent.expect("error", client_id=client_id)["code"] == "not_permitted"


def test_a_split_number_is_replaced_on_the_agents_screen(vera, vera_asks, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    with vera.connect() as visitor:
        visitor.say(vera_asks, "4111 1111")
        assert agent.expect("message.posted")["text"] == "4111 1111"
        visitor.say(vera_asks, "1111 1111")
        remasked = agent.expect("message.remasked")

    assert remasked["sequence"] == 2
    assert "4111" not in remasked["text"]


def test_a_password_that_was_asked_for_never_reaches_the_agents_screen(vera, vera_asks, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    with vera.connect() as visitor:
        agent.say(vera_asks, "Which password did you choose?")
        agent.expect("message.posted")
        visitor.say(vera_asks, "sunflower")
        told = agent.expect("message.posted")["text"]

    assert told == "[secret]"


def test_the_visitor_is_told_that_a_conversation_is_resolved(acme, vera, vera_asks, ada):
    with vera.connect(positions=[{"conversation": vera_asks, "after_sequence": 1}]) as visitor:
        with tenant_scope(acme):
            resolve_conversation(conversation_id=vera_asks, actor=ada, now=clock.now())

        changed = visitor.expect("conversation.changed")
        assert (changed["conversation"], changed["status"]) == (vera_asks, "resolved")
        refused = visitor.post(vera_asks, "One more thing")
        assert visitor.expect("error", client_id=refused)["code"] == "resolved"
    with vera.connect(positions=[{"conversation": vera_asks, "after_sequence": 1}]) as visitor:
        assert visitor.expect("conversation.changed")["status"] == "resolved"


def _posted(agent, count):
    events = [event for event in agent.set_aside if event["type"] == "message.posted"]
    while len(events) < count:
        events.append(agent.expect("message.posted"))
    return [(event["sequence"], event["text"]) for event in events]


def test_a_blocked_visitor_is_told_so_and_may_still_read(acme, vera, vera_asks, ada):
    with tenant_scope(acme):
        block_visitor(conversation_id=vera_asks, actor=ada, now=clock.now())

    with vera.connect(positions=[{"conversation": vera_asks, "after_sequence": 0}]) as visitor:
        refused = visitor.post(vera_asks, "Let me write")
        assert visitor.expect("error", client_id=refused)["code"] == "blocked"
        visitor.send("conversation.start", client_id=uuid4())
        assert visitor.expect("error")["code"] == "blocked"
        visitor.send("conversation.resume", conversation=vera_asks, after_sequence=0)
        assert len(visitor.expect("conversation.resumed")["messages"]) == 1


def test_a_reply_posted_over_http_reaches_the_visitor_live(vera, vera_asks, ada, sign_in):
    page = sign_in(Client(headers={"Host": settings.SITE_HOST}), ada)
    with vera.connect(positions=[{"conversation": vera_asks, "after_sequence": 1}]) as visitor:
        page.post(f"/o/acme/conversations/{vera_asks}/messages/", {"text": "By form"})

        posted = visitor.expect("message.posted")
    assert (posted["text"], posted["author"]["name"]) == ("By form", "Ada")


def passed_over(listening):
    """What was published: the first three, however long they take, and what comes with them."""
    published, deadline = [], time.monotonic() + 30
    while (message := listening.get_message(timeout=0.3)) or (len(published) < 3 and time.monotonic() < deadline):
        if message and message["type"] == "pmessage":
            published.append(message["data"])
    return published


def test_what_travels_over_valkey_is_sealed(vera, vera_asks, ada, open_agent_socket, valkey):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    with valkey.pubsub() as listening, vera.connect() as visitor:
        listening.psubscribe("*")
        listening.get_message(timeout=2)
        visitor.say(vera_asks, "an unmistakable canary")
        agent.say(vera_asks, "another canary")
        agent.send("typing.set", conversation=vera_asks, on=True)
        visitor.expect("typing.changed")
        published = passed_over(listening)

    assert len(published) >= 3
    assert not any(b"canary" in data for data in published)
    assert not any(b"canary" in (valkey.dump(key) or b"") for key in valkey.scan_iter())


def test_a_reply_that_asks_for_a_card_is_held_back_and_the_next_one_is_stored(ada, vera_asks, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    for text in ("What's your CVV?", "Please pay by the link"):
        agent.send("message.post", client_id=uuid4(), conversation=vera_asks, text=text)

    refused = agent.expect("error")
    assert (refused["code"], refused["field"]) == ("held_back", "code")
    assert agent.expect("message.acknowledged")["sequence"] == 2
    with tenant_scope(ada.tenant):
        assert AuditEntry.objects.get(event="coaching.held_back").facts == {"asked": "code"}
