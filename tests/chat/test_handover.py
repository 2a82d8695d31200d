"""What waits for an agent who is gone goes back to the queue, and the visitor is told."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.test import Client

from chat import presence
from chat.actions.assignment import (
    UntrainedAssigneeError,
    assign_conversation,
    release_conversation,
    take_conversation,
)
from chat.actions.availability import choose_status
from chat.actions.handover import hand_over_waiting
from chat.consumers import agent, member
from chat.models import Assignment, AuthorKind, Conversation, Message, Status
from chat.tasks import hand_over_every_tenant
from chat.tasks import hand_over_waiting as task
from compliance.models import AuditEntry
from helpdesk.core import clock, valkey
from tenants.actions import members
from tenants.encryption.opening import open_sealed
from tenants.models import TrainingDuty
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = timedelta(seconds=settings.AGENT_GRACE_S)


@pytest.fixture(autouse=True)
def _nobody_remembered(acme):
    valkey.client().delete(presence._key(acme.id), presence._there_key(acme.id))
    presence.forget()


@pytest.fixture
def waiting(acme, ada, now):
    """Vera waits for Ada, who holds the conversation."""
    conversation = store_conversation(acme, ["Is it shipped?"], at=now - timedelta(hours=1))
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(waiting_since=now - timedelta(minutes=9))
        take_conversation(conversation_id=conversation.id, actor=ada, now=now - timedelta(minutes=8))
    return conversation


def was_seen(member, at):
    """Note that a member's socket gave its last sign at an instant."""
    asyncio.run(presence.give_sign(member.tenant_id, member.id, uuid4(), now=at))


def holder(conversation):
    with tenant_scope(conversation.tenant_id):
        return Conversation.objects.get(id=conversation.id).assignee_id


def last_message(conversation):
    with tenant_scope(conversation.tenant_id):
        return Message.objects.of(conversation.id).order_by("-sequence").first()


def opened(message, conversation):
    slot = Message.slot(message.tenant_id, conversation.contact_id, message.id)
    return open_sealed(slot, bytes(message.body))


def test_who_is_gone_for_the_grace_time_loses_what_waits_and_it_is_recorded(acme, ada, waiting, now):
    was_seen(ada, now - GRACE - timedelta(seconds=1))

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 1

    assert holder(waiting) is None
    with tenant_scope(acme):
        entry = AuditEntry.objects.filter(event="conversation.assigned").latest("at")
        assert (entry.actor_kind, str(entry.object_id)) == ("system", str(waiting.id))
        assert Assignment.objects.get(conversation=waiting).ended_at == now


def test_the_visitor_is_told_who_left_and_how_many_are_before_them(acme, ada, waiting, now):
    was_seen(ada, now - GRACE)
    hand_over_waiting(tenant_id=acme.id, now=now)

    message = last_message(waiting)

    assert (message.author_kind, message.kind, message.public_sequence) == (AuthorKind.SYSTEM, "activity", 2)
    assert opened(message, waiting) == "Ada had to leave; a colleague will take over. You are next."


def test_one_who_waits_longer_without_anybody_is_before_them(acme, ada, waiting, now):
    other = store_conversation(acme, ["Hello?"], at=now - timedelta(hours=2))
    with tenant_scope(acme):
        Conversation.objects.filter(id=other.id).update(waiting_since=now - timedelta(hours=2))
    was_seen(ada, now - GRACE)
    hand_over_waiting(tenant_id=acme.id, now=now)

    assert opened(last_message(waiting), waiting).endswith("One other person is before you.")


def test_who_comes_back_just_in_time_keeps_what_waits(acme, ada, waiting, now, monkeypatch):
    was_seen(ada, now - GRACE)
    locked = hand_over_waiting.__globals__["locked"]

    def comes_back_meanwhile(conversation_id):
        was_seen(ada, now)
        return locked(conversation_id)

    monkeypatch.setattr("chat.actions.handover.locked", comes_back_meanwhile)

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0
    assert holder(waiting) == ada.id


def test_an_answer_in_the_last_moment_keeps_it(acme, ada, waiting, now, monkeypatch):
    was_seen(ada, now - GRACE)
    locked = hand_over_waiting.__globals__["locked"]

    def answered_meanwhile(conversation_id):
        Conversation.objects.filter(id=conversation_id).update(waiting_since=None)
        return locked(conversation_id)

    monkeypatch.setattr("chat.actions.handover.locked", answered_meanwhile)

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0


def test_a_second_run_changes_and_says_nothing_more(acme, ada, waiting, now):
    was_seen(ada, now - GRACE)
    hand_over_waiting(tenant_id=acme.id, now=now)

    assert hand_over_waiting(tenant_id=acme.id, now=now + GRACE) == 0
    assert last_message(waiting).sequence == 2


@pytest.mark.parametrize("state", [{"waiting_since": None}, {"status": "resolved"}])
def test_what_waits_for_no_answer_stays_with_who_is_gone(acme, ada, waiting, now, state):
    with tenant_scope(acme):
        Conversation.objects.filter(id=waiting.id).update(**state)
    was_seen(ada, now - GRACE)

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0
    assert holder(waiting) == ada.id


def test_after_valkey_has_forgotten_everybody_the_grace_time_begins_anew(acme, ada, waiting, now):
    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0
    assert hand_over_waiting(tenant_id=acme.id, now=now + GRACE / 2) == 0
    assert hand_over_waiting(tenant_id=acme.id, now=now + GRACE) == 1


def test_who_chose_to_be_offline_hands_over_like_one_who_is_gone(acme, ada, waiting, now):
    with tenant_scope(acme):
        choose_status(actor=ada, status=Status.OFFLINE, now=now)
    for at in (now, now + GRACE):
        was_seen(ada, at)

    assert hand_over_waiting(tenant_id=acme.id, now=now + GRACE / 2) == 0
    assert hand_over_waiting(tenant_id=acme.id, now=now + GRACE) == 1


def test_who_is_only_away_keeps_what_waits(acme, ada, waiting, now):
    with tenant_scope(acme):
        choose_status(actor=ada, status=Status.AWAY, now=now - 2 * GRACE)
    was_seen(ada, now)

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0


def test_only_organisations_in_which_somebody_waits_for_a_member_are_looked_at(acme, globex, waiting, now, monkeypatch):
    looked_at = []
    monkeypatch.setattr(
        "chat.tasks.hand_over_waiting.for_tenant",
        lambda tenant_id: SimpleNamespace(delay=lambda: looked_at.append(tenant_id)),
    )

    hand_over_every_tenant()
    with tenant_scope(acme):
        Conversation.objects.update(waiting_since=None)
    hand_over_every_tenant()

    assert looked_at == [acme.id]


def test_without_valkey_nobody_is_said_to_be_gone(acme, ada, waiting, monkeypatch):
    def gone(tenant_id):
        raise redis.ConnectionError

    monkeypatch.setattr(presence, "signs", gone)
    task.for_tenant(acme.id).run_here()

    assert holder(waiting) == ada.id


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


def test_who_is_deactivated_or_may_no_longer_answer_holds_nothing_any_more(acme, olive, ada, waiting, now):
    with tenant_scope(acme):
        members.change_role(membership_id=ada.id, role=Role.SUPERVISOR, actor=olive, now=now)
        assert holder(waiting) == ada.id
        members.change_role(membership_id=ada.id, role=Role.AUDITOR, actor=olive, now=now)

    assert holder(waiting) is None
    with tenant_scope(acme):
        assert not Assignment.objects.filter(membership=ada, ended_at=None).exists()


def lapse(member, at):
    with tenant_scope(member.tenant_id):
        TrainingDuty.objects.create(
            tenant_id=member.tenant_id, membership=member, course="pci", closes=True, assigned_at=at, due_at=at
        )


def test_what_waits_for_an_agent_whose_training_has_lapsed_goes_back_after_the_grace_time(acme, ada, waiting, now):
    was_seen(ada, now)
    lapse(ada, now - GRACE + timedelta(seconds=5))

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 0
    assert hand_over_waiting(tenant_id=acme.id, now=now + timedelta(seconds=5)) == 1
    assert holder(waiting) is None


def test_nothing_is_given_to_an_agent_whose_training_has_lapsed(acme, ada, sam, waiting, client, sign_in, now):
    lapse(ada, now)
    with tenant_scope(acme):
        release_conversation(conversation_id=waiting.id, actor=sam, now=now)
        with pytest.raises(UntrainedAssigneeError):
            assign_conversation(conversation_id=waiting.id, assignee_id=ada.id, actor=sam, now=now)
    sign_in(client, sam)
    base = f"/o/acme/conversations/{waiting.id}/"

    assert "training due" in client.get(base).text
    refused = client.post(f"{base}assign/", {"assignee": str(ada.id)})
    assert (refused.status_code, "training has lapsed" in refused.text) == (422, True)
    assert holder(waiting) is None
