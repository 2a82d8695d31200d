"""Teams are made, named, filled, deleted and brought back, each by who may."""

from datetime import timedelta

import pytest

from chat import teams
from chat.actions import erasure
from chat.actions import teams as act
from chat.actions.teams import TeamNameTakenError, TooManyTeamsError, UnknownTeamError, UnknownTeamMemberError
from chat.models import Team, TeamMember
from tenants.actions import members
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.text_checks import HoldsSensitiveDataError
from tests.chat.teams.conftest import events, found, make_team, transfer
from tests.factories.tenants import make_member, owner_of

pytestmark = pytest.mark.django_db


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


def test_a_role_that_answers_nobody_belongs_to_no_team(acme, olive, ada, now):
    make_team("Billing", olive, now, ada)

    with tenant_scope(acme):
        members.change_role(membership_id=ada.id, role=Role.AUDITOR, actor=olive, now=now)
        assert not TeamMember.objects.exists()


def test_with_the_organisation_its_teams_go(acme, olive, ada, asked, now):
    transfer(asked, make_team("Billing", olive, now, ada), olive, now)

    with tenant_scope(acme):
        while erasure.erase_all(limit=10).records:
            pass
        assert not Team.objects.exists()
        assert not TeamMember.objects.exists()
