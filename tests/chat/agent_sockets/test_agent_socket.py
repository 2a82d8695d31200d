"""The agent's socket: who gets one, and when it ends."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from websockets.exceptions import InvalidStatus

from chat import broadcast
from helpdesk.core import clock
from tenants.actions import places, sessions
from tenants.actions.factors import factor_of, revoke_factor
from tenants.actions.places import Proposal
from tenants.models import Membership, StaffSession
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.agent_sockets.conftest import follow
from tests.factories.tenants import make_factor, make_member
from tests.support.sockets import ChatSocket, agent_socket, dial

pytestmark = pytest.mark.django_db(transaction=True)


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
