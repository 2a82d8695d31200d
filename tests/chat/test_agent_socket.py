"""The agent's socket: who gets one, what it hears, and when it ends."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import InvalidStatus

from chat import broadcast
from chat.actions.conversations import resolve_conversation
from chat.actions.visitors import block_visitor
from chat.models import Contact
from compliance.models import AuditEntry
from helpdesk.core import clock
from tenants.actions import places, sessions
from tenants.actions.factors import factor_of, revoke_factor
from tenants.actions.places import Proposal
from tenants.models import Membership, StaffSession
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_factor, make_member
from tests.support.sockets import ChatSocket, agent_socket, dial

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def vera_asks(vera):
    """A conversation of Vera's with one message."""
    with vera.connect() as visitor:
        conversation = vera.start(visitor)
        visitor.say(conversation, "Hello")
    return conversation


def follow(agent, conversation, after=0):
    agent.send("conversation.follow", conversation=conversation, after_sequence=after)
    return agent.expect("conversation.resumed")


def test_without_a_session_the_socket_is_closed(acme, server):
    chat = ChatSocket(dial(server, "/ws/agent/acme/", origin=server.origin))
    chat.send("session.open", conversations=[])

    assert chat.closed_with() == 4401


def test_a_password_without_the_second_factor_is_not_enough(ada, server):
    client = Client()
    make_factor(ada.user)
    client.force_login(ada.user, backend="tenants.sign_in.ConfirmedBackend")
    chat = agent_socket(server, client, "acme", opened=False)
    chat.send("session.open", conversations=[])

    assert chat.closed_with() == 4401


@pytest.mark.parametrize("slug", ["acme", "nobody"])
def test_a_member_of_another_organisation_and_one_of_none_are_told_the_same(acme, mallory, slug, open_agent_socket):
    chat = open_agent_socket(mallory, slug=slug, opened=False)
    chat.send("session.open", conversations=[])

    assert chat.closed_with() == 4403


def test_a_member_who_may_not_read_gets_no_socket(acme, now, open_agent_socket):
    auditor = make_member(acme, "Audrey", Role.AUDITOR, now=now)
    chat = open_agent_socket(auditor, opened=False)
    chat.send("session.open", conversations=[])

    assert chat.closed_with() == 4403


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_cookie_alone_opens_nothing_for_another_site(server, origin):
    with pytest.raises(InvalidStatus):
        dial(server, "/ws/agent/acme/", origin=origin)


def test_mallory_can_do_nothing_with_acmes_conversation(vera, vera_asks, mallory, open_agent_socket):
    agent = open_agent_socket(mallory)
    for command, fields in (
        ("conversation.follow", {"after_sequence": 0}),
        ("conversation.resume", {"after_sequence": 0}),
        ("message.post", {"client_id": uuid4(), "text": "Hello", "kind": "note"}),
        ("typing.set", {"on": True}),
    ):
        agent.send(command, conversation=vera_asks, **fields)
        assert agent.expect("error")["code"] == "not_found"
    with vera.connect() as visitor:
        visitor.say(vera_asks, "Psst")

    assert agent.hears_nothing("conversation.changed")


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


def test_a_deactivated_agent_hears_nothing_more(acme, vera, vera_asks, ada, open_agent_socket):
    agent = open_agent_socket(ada)
    follow(agent, vera_asks)
    with tenant_scope(acme):
        Membership.objects.filter(id=ada.id).update(is_active=False)
    with vera.connect() as visitor:
        code = None
        while code is None:
            visitor.say(vera_asks, "Are you there?")
            try:
                code = agent.closed_with(0.6)
            except AssertionError:
                continue

    assert code == 4403


def test_a_rule_of_addresses_closes_an_open_socket_at_once(ada, olive, open_agent_socket, now):
    agent = open_agent_socket(ada)
    office = Proposal(True, frozenset({"agent"}), (("203.0.113.0/24", ""),), ("Office",))
    with tenant_scope(olive.tenant):
        places.propose(proposal=office, actor=olive, now=now)

    assert agent.closed_with(2.0) == 4403


def test_the_end_of_a_session_ends_the_socket(vera_asks, ada, server, sign_in):
    client = sign_in(Client(), ada)
    agent = agent_socket(server, client, "acme")
    client.session.flush()

    with agent:
        code = None
        while code is None:
            agent.send("typing.set", conversation=vera_asks, on=True)
            try:
                code = agent.closed_with(0.6)
            except AssertionError:
                continue
    assert code == 4401


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


def test_an_open_socket_closes_when_its_time_is_up_and_says_that_it_is_locked(vera_asks, ada, server, sign_in):
    agent = agent_socket(server, sign_in(Client(), ada), "acme")
    StaffSession.objects.update(active_at=clock.now() - timedelta(hours=8))

    with agent:
        broadcast.access_changed(ada.tenant_id)

        assert agent.closed_with(3) == 4423


def test_a_factor_taken_away_closes_the_open_sockets_it_opened_at_once(vera_asks, ada, server, sign_in):
    agent = agent_socket(server, sign_in(Client(), ada), "acme")
    factor = factor_of(ada.user)

    with agent:
        revoke_factor(person=ada.user, factor_id=factor.id, must_keep_one=False, now=clock.now())

        assert agent.closed_with(3) == 4401


def test_signing_out_elsewhere_closes_an_open_socket_at_once(vera_asks, ada, server, sign_in):
    agent = agent_socket(server, sign_in(Client(), ada), "acme")

    with agent:
        sessions.end_all(ada.user, now=clock.now())

        assert agent.closed_with(3) == 4401


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
