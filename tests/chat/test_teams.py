"""Teams: made, filled, deleted and brought back; conversations that are passed to them; and who oversees what."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.test import Client

from chat import permissions, presence, queues, teams
from chat.actions import erasure
from chat.actions import teams as act
from chat.actions.assignment import assign_conversation, release_conversation, take_conversation
from chat.actions.availability import choose_status
from chat.actions.handover import hand_over_waiting
from chat.actions.leaving import deactivate_and_hand_over
from chat.actions.teams import (
    TeamNameTakenError,
    TooManyTeamsError,
    UnknownTeamError,
    UnknownTeamMemberError,
)
from chat.models import Conversation, Inbox, Status, Team, TeamMember
from compliance.models import AuditEntry
from helpdesk.core import clock, valkey
from tenants.actions import members
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.factories.stored import store_conversation
from tests.factories.tenants import make_member, owner_of

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/teams/"


@pytest.fixture(autouse=True)
def _nobody_is_there(acme):
    valkey.client().delete(presence._key(acme.id), presence._there_key(acme.id))
    presence.forget()


@pytest.fixture
def billing(acme, olive, now):
    """A team of nobody yet."""
    return make_team("Billing", olive, now)


@pytest.fixture
def asked(acme, now):
    """A conversation that waits in the queue."""
    conversation = store_conversation(acme, ["Is it shipped?"], at=now - timedelta(hours=1))
    with tenant_scope(acme):
        Conversation.objects.filter(id=conversation.id).update(waiting_since=now - timedelta(minutes=9))
    return conversation


def make_team(name, owner, now, *belonging):
    with tenant_scope(owner.tenant_id):
        team = act.create_team(name=name, actor=owner, now=now)
        for member in belonging:
            act.add_to_team(team_id=team.id, membership_id=member.id, actor=owner, now=now)
    return team


def is_there(member, at):
    asyncio.run(presence.give_sign(member.tenant_id, member.id, uuid4(), now=at))


def found(conversation):
    with tenant_scope(conversation.tenant_id):
        return Conversation.objects.select_related("team").get(id=conversation.id)


def holds(conversation, member):
    with tenant_scope(conversation.tenant_id):
        Conversation.objects.filter(id=conversation.id).update(assignee=member)


def transfer(conversation, team, actor, now):
    with tenant_scope(conversation.tenant_id):
        act.transfer_to_team(conversation_id=conversation.id, team_id=team and team.id, actor=actor, now=now)
    return found(conversation)


def events(tenant, event):
    with tenant_scope(tenant):
        return [entry.facts for entry in AuditEntry.objects.filter(event=event).order_by("at", "id")]


def test_an_owner_makes_a_team_and_fills_it(acme, olive, ada, now):
    team = make_team("  Billing   and refunds ", olive, now, ada)

    with tenant_scope(acme):
        [page] = teams.pages(olive)
    assert (page.team.name, page.members, page.open_count, page.can_tend) == ("Billing and refunds", [ada], 0, True)
    assert events(acme, "team.changed") == [{"act": "created"}]
    assert events(acme, "team.member_changed") == [{"act": "joined", "member": str(ada.id)}]
    assert team.tenant_id == acme.id


@pytest.mark.parametrize("name", ["billing", "BILLING", " Billing "])
def test_no_two_teams_have_one_name(olive, billing, now, name):
    with pytest.raises(TeamNameTakenError):
        make_team(name, olive, now)


def test_another_organisation_may_use_the_name(billing, globex, now):
    assert make_team("Billing", owner_of(globex), now).name == "Billing"


def test_a_name_that_holds_a_card_number_is_refused(acme, olive, billing, now):
    with pytest.raises(HoldsSensitiveDataError):
        make_team("4111 1111 1111 1111", olive, now)
    with tenant_scope(acme), pytest.raises(HoldsSensitiveDataError):
        act.rename_team(team_id=billing.id, name="4111 1111 1111 1111", actor=olive, now=now)


def test_there_is_an_end_to_it(olive, billing, now, monkeypatch):
    monkeypatch.setattr(act, "MOST", 1)

    with pytest.raises(TooManyTeamsError):
        make_team("Second level", olive, now)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COMPLIANCE_OFFICER, Role.AUDITOR])
def test_only_an_owner_makes_names_and_deletes(acme, billing, now, role):
    member = make_member(acme, "Nora", role, now=now)
    given = {"actor": member, "now": now}

    with tenant_scope(acme):
        for call, more in (
            (act.create_team, {"name": "Mine"}),
            (act.rename_team, {"team_id": billing.id, "name": "Mine"}),
            (act.delete_team, {"team_id": billing.id}),
            (act.restore_team, {"team_id": billing.id}),
        ):
            with pytest.raises(NotPermittedError):
                call(**given, **more)


def test_a_supervisor_chooses_who_belongs_to_their_own_team_but_not_their_own_place(acme, olive, sam, ada, now):
    own, other = make_team("Billing", olive, now, sam), make_team("Returns", olive, now)

    with tenant_scope(acme):
        act.add_to_team(team_id=own.id, membership_id=ada.id, actor=sam, now=now)
        act.remove_from_team(team_id=own.id, membership_id=ada.id, actor=sam, now=now)
        with pytest.raises(NotPermittedError):
            act.add_to_team(team_id=other.id, membership_id=ada.id, actor=sam, now=now)
        with pytest.raises(NotPermittedError):
            act.remove_from_team(team_id=own.id, membership_id=sam.id, actor=sam, now=now)
        with pytest.raises(NotPermittedError):
            act.add_to_team(team_id=own.id, membership_id=olive.id, actor=ada, now=now)


def test_whoever_may_not_answer_belongs_to_no_team(acme, olive, billing, now):
    auditor = make_member(acme, "Nora", Role.AUDITOR, now=now)

    with tenant_scope(acme), pytest.raises(UnknownTeamMemberError):
        act.add_to_team(team_id=billing.id, membership_id=auditor.id, actor=olive, now=now)


def test_mallory_finds_no_team_and_her_owner_adds_nobody_of_acme(acme, ada, billing, mallory, globex, now):
    gustav = owner_of(globex)
    theirs = make_team("Theirs", gustav, now)

    with tenant_scope(globex):
        with pytest.raises(UnknownTeamError):
            act.rename_team(team_id=billing.id, name="Mine", actor=gustav, now=now)
        with pytest.raises(UnknownTeamMemberError):
            act.add_to_team(team_id=theirs.id, membership_id=ada.id, actor=gustav, now=now)


def test_a_deleted_team_can_be_brought_back_with_all_of_it(acme, olive, ada, asked, now):
    team = make_team("Billing", olive, now, ada)
    transfer(asked, team, olive, now)
    with tenant_scope(acme):
        act.delete_team(team_id=team.id, actor=olive, now=now)
        gone = (teams.of_member(ada.id), list(teams.live()), teams.deleted(), found(asked).live_team)
        with pytest.raises(UnknownTeamError):
            act.transfer_to_team(conversation_id=asked.id, team_id=team.id, actor=olive, now=now)
        act.restore_team(team_id=team.id, actor=olive, now=now)
        back = (teams.of_member(ada.id), list(teams.live()), teams.deleted(), found(asked).live_team)

    assert gone == (set(), [], [team], None)
    assert back == ({team.id}, [team], [], team)


def test_a_name_given_to_another_meanwhile_keeps_the_deleted_one_away(acme, olive, billing, now):
    with tenant_scope(acme):
        act.delete_team(team_id=billing.id, actor=olive, now=now)
    make_team("Billing", olive, now)

    with tenant_scope(acme), pytest.raises(TeamNameTakenError):
        act.restore_team(team_id=billing.id, actor=olive, now=now)


def test_after_a_day_the_row_goes_and_its_conversations_belong_to_none(acme, olive, billing, asked, now):
    transfer(asked, billing, olive, now)
    with tenant_scope(acme):
        act.delete_team(team_id=billing.id, actor=olive, now=now)
    make_team("Returns", olive, now + timedelta(days=1, seconds=1))

    assert found(asked).team_id is None
    with tenant_scope(acme):
        assert not Team.objects.filter(id=billing.id).exists()


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


def test_who_is_deactivated_leaves_every_team_and_their_conversations_go_to_it(acme, olive, ada, sam, asked, now):
    team = make_team("Billing", olive, now, ada, sam)
    transfer(asked, team, olive, now)
    free = store_conversation(acme, ["Hello"], at=now)
    holds(asked, ada)
    holds(free, ada)
    is_there(sam, now)

    with tenant_scope(acme):
        members.set_member_active(membership_id=ada.id, is_active=False, actor=olive, now=now)

        assert list(TeamMember.objects.values_list("membership_id", flat=True)) == [sam.id]
    assert (found(asked).assignee_id, found(free).assignee_id) == (sam.id, None)
    assert events(acme, "team.member_changed")[-1] == {"act": "left", "member": str(ada.id)}


def test_a_colleague_can_be_named_who_takes_over(client, acme, olive, ada, sam, asked, sign_in):
    holds(asked, ada)
    sign_in(client, olive)
    path = f"/o/acme/settings/people/{ada.id}/leave/"

    page = client.get(path).text
    wrong = client.post(path, {"successor": str(ada.id)})
    answer = client.post(path, {"successor": str(sam.id)}, follow=True)

    assert "1</strong> open conversation, which goes to whom you choose" in page
    assert (wrong.status_code, "Choose another" in wrong.text) == (422, True)
    assert "1 open conversation was handed over." in answer.text
    assert found(asked).assignee_id == sam.id
    assert client.get(path).status_code == 404


def test_nobody_takes_over_from_the_last_owner(client, acme, olive, sam, asked, sign_in):
    holds(asked, olive)

    answer = sign_in(client, olive).post(
        f"/o/acme/settings/people/{olive.id}/leave/", {"successor": str(sam.id)}, follow=True
    )

    assert "at least one active owner" in answer.text
    assert found(asked).assignee_id == olive.id


def test_who_may_not_is_refused_and_nothing_is_handed_over(acme, ada, sam, asked, now):
    holds(asked, ada)

    with pytest.raises(NotPermittedError), tenant_scope(acme):
        deactivate_and_hand_over(membership_id=ada.id, successor_id=sam.id, actor=sam, now=now)
    assert found(asked).assignee_id == ada.id


def test_a_role_that_answers_nobody_belongs_to_no_team(acme, olive, ada, now):
    make_team("Billing", olive, now, ada)

    with tenant_scope(acme):
        members.change_role(membership_id=ada.id, role=Role.AUDITOR, actor=olive, now=now)
        assert not TeamMember.objects.exists()


def test_the_page_makes_fills_names_deletes_and_brings_back(client, acme, olive, ada, sign_in):
    sign_in(client, olive)
    empty = client.get(PAGE).text
    client.post(f"{PAGE}new/", {"name": "Billing"})
    with tenant_scope(acme):
        team = Team.objects.get()
    client.post(f"{PAGE}{team.id}/members/", {"membership": str(ada.id)})
    client.post(f"{PAGE}{team.id}/name/", {"name": "Refunds"})
    filled = client.get(PAGE).text
    client.post(f"{PAGE}{team.id}/members/{ada.id}/remove/")
    client.post(f"{PAGE}{team.id}/delete/")
    deleted = client.get(PAGE).text
    client.post(f"{PAGE}{team.id}/restore/")

    assert "No teams yet" in empty
    assert "1 member ·" in filled
    assert "Refunds" in filled
    assert "Deleted in the last day" in deleted
    with tenant_scope(acme):
        assert list(teams.live()) == [team]
        assert not TeamMember.objects.exists()


def test_the_page_says_what_is_wrong(client, acme, olive, billing, sign_in):
    sign_in(client, olive)

    taken = client.post(f"{PAGE}new/", {"name": "billing"})
    card = client.post(f"{PAGE}new/", {"name": "4111 1111 1111 1111"})
    nobody = client.post(f"{PAGE}{billing.id}/members/", {"membership": ""}, follow=True)

    assert (taken.status_code, card.status_code) == (422, 422)
    assert "Another team has this name." in taken.text
    assert "4111" not in card.text.replace('value="4111 1111 1111 1111"', "")
    assert "Choose a colleague who may answer." in nobody.text


def test_a_supervisor_sees_the_page_and_an_agent_does_not(client, sam, ada, billing, sign_in):
    supervisors = sign_in(client, sam).get(PAGE)

    assert "Billing" in supervisors.text
    assert "Delete" not in supervisors.text
    assert sign_in(Client(), ada).get(PAGE).status_code == 403


def test_the_inbox_offers_my_teams_to_who_belongs_to_one(client, olive, ada, sam, asked, sign_in, now):
    team = make_team("Billing", olive, now, ada)
    transfer(asked, team, olive, now)

    adas = sign_in(client, ada).get("/o/acme/inbox/?queue=teams").text
    sams = sign_in(Client(), sam).get("/o/acme/inbox/").text

    assert 'id="queue-teams"><a' in adas
    assert f'id="row-{asked.id}"' in adas
    assert 'id="queue-teams" hidden' in sams


def test_a_conversation_is_passed_on_from_its_menu(client, olive, ada, billing, asked, sign_in):
    sign_in(client, ada)
    path = f"/o/acme/conversations/{asked.id}/"

    menu = client.get(path).text
    header = client.post(f"{path}transfer/", {"team": str(billing.id)}, headers={"HX-Request": "true"})
    unknown = client.post(f"{path}transfer/", {"team": str(uuid4())}, headers={"HX-Request": "true"})
    nonsense = client.post(f"{path}transfer/", {"team": "x"}, headers={"HX-Request": "true"})

    assert "Pass it to a team" in menu
    assert "Billing" in header.text
    assert (unknown.status_code, nonsense.status_code) == (422, 422)
    assert found(asked).team_id == billing.id


def test_with_the_organisation_its_teams_go(acme, olive, ada, asked, now):
    transfer(asked, make_team("Billing", olive, now, ada), olive, now)

    with tenant_scope(acme):
        while erasure.erase_all(limit=10).records:
            pass
        assert not Team.objects.exists()
        assert not TeamMember.objects.exists()


def test_a_visitors_page_says_nothing_of_teams(client, acme, olive, asked, now):
    team = make_team("Verysecretteam", olive, now)
    transfer(asked, team, olive, now)

    with tenant_scope(acme):
        key = Inbox.objects.get().widget_key
    assert "Verysecretteam" not in client.get(f"/w/{key}/").text


@pytest.mark.django_db(transaction=True)
def test_an_open_screen_hears_at_once_that_ones_teams_are_different(acme, olive, ada, open_agent_socket):
    socket = open_agent_socket(ada)
    with tenant_scope(acme):
        team = act.create_team(name="Billing", actor=olive, now=clock.now())
    socket.expect("teams.changed")
    with tenant_scope(acme):
        act.add_to_team(team_id=team.id, membership_id=ada.id, actor=olive, now=clock.now())

    assert socket.expect("teams.changed") == {"v": 1, "type": "teams.changed"}
