"""What waits for an agent who is gone goes back to the queue, and the visitor is told."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
import redis
from django.conf import settings

from chat import presence
from chat.actions.assignment import UntrainedAssigneeError, assign_conversation, release_conversation
from chat.actions.availability import choose_status
from chat.actions.handover import hand_over_waiting
from chat.models import Assignment, AuthorKind, Conversation, Message, Status
from chat.tasks import hand_over_every_tenant
from chat.tasks import hand_over_waiting as task
from compliance.models import AuditEntry
from tenants.actions import members
from tenants.encryption.opening import open_sealed
from tenants.models import TrainingDuty
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.handover.conftest import was_seen
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db(transaction=True)
GRACE = timedelta(seconds=settings.AGENT_GRACE_S)


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
