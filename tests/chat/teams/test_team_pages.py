"""Teams on screens: their page, the inbox, and what a visitor sees of them."""

from uuid import uuid4

import pytest
from django.test import Client

from chat import teams
from chat.actions import teams as act
from chat.models import Inbox, Team, TeamMember
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.chat.teams.conftest import found, make_team, transfer

pytestmark = pytest.mark.django_db
PAGE = "/o/acme/settings/teams/"


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
