"""Who is there: told by signs of sockets, chosen in the rail, shown to colleagues and visitors."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.test import Client

from chat import presence
from chat.actions.availability import choose_status
from chat.consumers import agent, member
from chat.models import Status
from helpdesk.core import clock
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.handover.conftest import was_seen
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_socket_s_sign_makes_its_member_online_and_tells_colleagues(acme, ada, sam, open_agent_socket, now):
    colleague = open_agent_socket(sam)
    open_agent_socket(ada)

    came = colleague.expect("presence.changed", membership=ada.id)

    assert came["membership"] == str(ada.id)
    with tenant_scope(acme):
        assert presence.statuses(acme.id, now=now)[ada.id] == "online"
        choose_status(actor=ada, status=Status.AWAY, now=now)
        assert presence.statuses(acme.id, now=now)[ada.id] == "away"
        assert ada.id not in {
            member for member, status in presence.statuses(acme.id, now=clock.now() + timedelta(seconds=61)).items()
        }


def test_a_visitor_is_told_at_once_when_somebody_comes_or_chooses_another_status(
    acme, ada, vera, open_agent_socket, now
):
    with vera.connect() as visitor:
        assert visitor.opened["team"] == "offline"
        open_agent_socket(ada)
        assert visitor.expect("team.changed")["team"] == "online"
        with tenant_scope(acme):
            choose_status(actor=ada, status=Status.AWAY, now=now)
        assert visitor.expect("team.changed")["team"] == "away"


def test_who_closes_the_last_socket_has_gone_at_once_and_who_only_reloads_has_not(acme, ada, now):
    first, second = uuid4(), uuid4()

    async def come_and_go():
        came = [await presence.give_sign(acme.id, ada.id, socket, now=now) for socket in (first, second)]
        gone = [await presence.leave(acme.id, ada.id, socket, now=now) for socket in (first, second, second)]
        return came, gone

    came, gone = asyncio.run(come_and_go())

    assert came == [True, False]
    assert gone == [False, True, False]
    with tenant_scope(acme):
        assert presence.statuses(acme.id, now=now) == {}
    assert presence.signs(acme.id)[ada.id] == pytest.approx(now.timestamp())


def test_colleagues_are_told_as_soon_as_a_socket_is_closed(acme, ada, sam, now, monkeypatch):
    monkeypatch.setattr(member, "RELOADED_WITHIN_S", 0)
    told = []

    async def close():
        socket = agent.AgentConsumer()
        socket.membership, socket._id = ada, uuid4()
        socket.hub = SimpleNamespace(deliver=told.extend)
        await presence.give_sign(acme.id, ada.id, socket._id, now=now)
        await socket._leave()

    asyncio.run(close())

    assert [(channel.rsplit(":", 1)[-1], news.author_id) for channel, news in told] == [
        ("team", ada.id), ("presence", ada.id),
    ]  # fmt: skip


def test_a_status_is_chosen_in_the_rail_and_nonsense_refused(acme, ada, sign_in):
    client = sign_in(Client(), ada)

    page = client.get("/o/acme/inbox/")
    led = client.post("/o/acme/availability/", {"status": "away"})
    refused = client.post("/o/acme/availability/", {"status": "gone fishing"})

    assert b'<option value="online" selected>' in page.content
    assert (led.status_code, led["Location"], refused.status_code) == (302, "/o/acme/inbox/", 422)
    assert b'<option value="away" selected>' in client.get("/o/acme/inbox/").content


def test_who_may_not_answer_has_no_status_to_choose(acme, now):
    officer = make_member(acme, "Otto", Role.COMPLIANCE_OFFICER, now=now)

    with tenant_scope(acme), pytest.raises(NotPermittedError):
        choose_status(actor=officer, status=Status.AWAY, now=now)


def test_the_list_says_that_a_holder_is_not_there(acme, ada, sam, waiting, sign_in, now):
    client = sign_in(Client(), sam)
    gone = client.get("/o/acme/inbox/").content
    was_seen(ada, now)

    assert b'<span class="row__gone small">offline</span>' in gone
    assert b"row__gone" not in client.get("/o/acme/inbox/").content
