"""A conversation that is passed to a team goes to who is there, or waits for it; and who oversees whose."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings

from chat import permissions, presence, queues
from chat.actions import teams as act
from chat.actions.assignment import assign_conversation, release_conversation, take_conversation
from chat.actions.availability import choose_status
from chat.actions.handover import hand_over_waiting
from chat.models import Conversation, Status
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.teams.conftest import events, found, holds, is_there, make_team, transfer
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db


def test_a_conversation_passed_to_a_team_waits_for_it_when_nobody_is_there(acme, olive, ada, sam, asked, now):
    team = make_team("Billing", olive, now, ada)
    holds(asked, sam)

    passed = transfer(asked, team, sam, now)

    assert (passed.team_id, passed.assignee_id) == (team.id, None)
    assert events(acme, "conversation.transferred") == [{"team": str(team.id)}]
    with tenant_scope(acme):
        assert [row.team_name for row in queues.rows_in("teams", ada)] == ["Billing"]
        assert queues.rows_in("teams", sam) == []
        assert queues.counts(ada)["teams"] == 1


def test_each_queue_counts_what_it_lists_once_for_however_many_teams_one_belongs_to(acme, olive, ada, sam, asked, now):
    billing, _ = make_team("Billing", olive, now, ada, sam), make_team("Shipping", olive, now, ada, sam)
    transfer(asked, billing, sam, now)
    holds(store_conversation(acme, ["Hello"], at=now), ada)
    store_conversation(acme, ["Anyone?"], at=now)
    with tenant_scope(acme):
        resolved = store_conversation(acme, ["Thanks"], at=now)
        Conversation.objects.filter(id=resolved.id).update(status="resolved", resolved_at=now)

        for member in (ada, sam, olive):
            listed = {queue: len(queues.rows_in(queue, member)) for queue in queues.QUEUES}
            assert queues.counts(member) == listed
        assert queues.counts(ada) == {"mine": 1, "teams": 1, "unassigned": 2, "open": 3, "resolved": 1}


def test_it_goes_to_who_is_there_and_holds_the_fewest(acme, olive, ada, sam, asked, now):
    nora = make_member(acme, "Nora", Role.AGENT, now=now)
    team = make_team("Billing", olive, now, ada, nora, sam)
    holds(store_conversation(acme, ["Hello"], at=now), ada)
    is_there(ada, now)
    is_there(nora, now)

    assert transfer(asked, team, olive, now).assignee_id == nora.id


def test_who_passes_it_on_does_not_get_it_back(olive, ada, asked, now):
    team = make_team("Billing", olive, now, ada)
    is_there(ada, now)

    assert transfer(asked, team, ada, now).assignee_id is None


def test_who_is_away_is_not_there(acme, olive, ada, asked, now):
    team = make_team("Billing", olive, now, ada)
    is_there(ada, now)
    with tenant_scope(acme):
        choose_status(actor=ada, status=Status.AWAY, now=now)

    assert transfer(asked, team, olive, now).assignee_id is None


def test_without_valkey_it_waits_in_the_queue(olive, ada, asked, now, monkeypatch):
    team = make_team("Billing", olive, now, ada)
    is_there(ada, now)

    def down(*_, **__):
        raise redis.ConnectionError

    monkeypatch.setattr(presence, "statuses", down)

    assert transfer(asked, team, olive, now).assignee_id is None


def test_passed_to_no_team_it_stays_with_who_holds_it(olive, ada, asked, now):
    team = make_team("Billing", olive, now)
    transfer(asked, team, olive, now)
    holds(asked, ada)

    passed = transfer(asked, None, ada, now)

    assert (passed.team_id, passed.assignee_id) == (None, ada.id)


def test_passing_it_twice_does_nothing_more(acme, olive, ada, asked, now):
    team = make_team("Billing", olive, now, ada)
    transfer(asked, team, olive, now)
    holds(asked, ada)

    assert transfer(asked, team, olive, now).assignee_id == ada.id
    assert len(events(acme, "conversation.transferred")) == 1


def test_an_agent_passes_on_their_own_and_free_ones_and_no_colleagues(olive, ada, sam, billing, asked, now):
    transfer(asked, billing, ada, now)
    holds(asked, sam)

    with pytest.raises(NotPermittedError):
        transfer(asked, None, ada, now)


def test_a_supervisor_oversees_their_teams_and_conversations_of_none(acme, olive, sam, ada, asked, now):
    other, free = make_team("Returns", olive, now), store_conversation(acme, ["Hello"], at=now)
    make_team("Billing", olive, now, sam)
    transfer(asked, other, olive, now)
    holds(asked, ada)
    given = {"conversation_id": asked.id, "actor": sam, "now": now}

    with tenant_scope(acme):
        for call, more in (
            (assign_conversation, {"assignee_id": olive.id}),
            (take_conversation, {}),
            (release_conversation, {}),
            (act.transfer_to_team, {"team_id": None}),
        ):
            with pytest.raises(NotPermittedError):
                call(**given, **more)
        assign_conversation(conversation_id=free.id, assignee_id=ada.id, actor=sam, now=now)
        act.add_to_team(team_id=other.id, membership_id=sam.id, actor=olive, now=now)
        release_conversation(**given)

    assert found(asked).assignee_id is None


def test_a_supervisor_of_no_team_and_an_owner_oversee_all(acme, olive, sam, billing, asked, now):
    transfer(asked, billing, olive, now)
    make_team("Returns", olive, now, olive)

    with tenant_scope(acme):
        conversation = found(asked)
        assert permissions.oversees(sam, conversation)
        assert permissions.oversees(olive, conversation)


def test_what_waits_for_somebody_gone_goes_to_who_of_the_team_is_there(acme, olive, ada, sam, asked, now):
    team = make_team("Billing", olive, now, ada, sam)
    transfer(asked, team, olive, now)
    holds(asked, ada)
    is_there(ada, now - timedelta(seconds=settings.AGENT_GRACE_S + 1))
    is_there(sam, now)

    assert hand_over_waiting(tenant_id=acme.id, now=now) == 1

    assert found(asked).assignee_id == sam.id
