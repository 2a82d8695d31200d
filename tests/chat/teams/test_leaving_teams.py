"""Whoever is deactivated leaves their teams, and what they held goes to others."""

import pytest

from chat.actions.leaving import deactivate_and_hand_over
from chat.models import TeamMember
from tenants.actions import members
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.teams.conftest import events, found, holds, is_there, make_team, transfer
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


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
