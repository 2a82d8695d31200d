"""Who may invite, deactivate, let back in and give roles; and what is written down of it."""

import re

import pytest
from django.test import Client

from compliance.models import AuditEntry
from tenants.actions import invitations, members
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member
from tests.tenants.people.conftest import PEOPLE, invite, members_of

pytestmark = pytest.mark.django_db


def test_a_member_is_not_invited_again(owner, ada):
    response = invite(owner, ada.user.email)

    assert response.status_code == 422
    assert "member already" in response.text


def test_a_mail_server_that_fails_leaves_the_invitation_to_be_sent_again(owner, acme, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise TimeoutError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)

    response = invite(owner)

    assert "could not be sent" in response.text
    assert "nora@example.com" in response.text


@pytest.mark.parametrize("role", ["", "king", "owner'"])
def test_an_unknown_role_is_refused(owner, role):
    assert invite(owner, role=role).status_code == 422


def test_only_owners_see_and_invite_people(client, ada, sign_in):
    sign_in(client, ada)

    assert client.get(PEOPLE).status_code == 403
    assert invite(client).status_code == 403


def test_the_action_itself_asks_for_the_capability(ada, now):
    with tenant_scope(ada.tenant_id), pytest.raises(NotPermittedError):
        invitations.invite_colleague(email="nora@example.com", role=Role.OWNER, actor=ada, now=now)


def test_mallory_sees_no_such_organisation(client, mallory, acme, sign_in):
    sign_in(client, mallory)

    answers = {client.get(path).status_code for path in (PEOPLE, "/o/nowhere/settings/people/", "/o/acme/settings/")}

    assert answers == {404}


def test_members_of_another_organisation_cannot_be_reached_by_id(owner, mallory, globex):
    response = owner.post(f"{PEOPLE}{mallory.id}/leave/")

    assert response.status_code == 404
    assert members_of(globex)[mallory.user.email].is_active


def test_a_deactivated_member_is_signed_out_everywhere(owner, ada, sign_in):
    agent = sign_in(Client(), ada)

    response = owner.post(f"{PEOPLE}{ada.id}/leave/", follow=True)

    assert "Ada is deactivated" in response.text
    assert agent.get("/o/acme/settings/").url.startswith("/sign-in/")


def test_a_member_can_be_let_back_in(owner, ada, acme):
    owner.post(f"{PEOPLE}{ada.id}/leave/")

    owner.post(f"{PEOPLE}{ada.id}/activate/")

    assert members_of(acme)[ada.user.email].is_active


def test_the_last_owner_stays(owner, olive, acme):
    deactivated = owner.post(f"{PEOPLE}{olive.id}/leave/", follow=True)
    demoted = owner.post(f"{PEOPLE}{olive.id}/role/", {"role": Role.AGENT}, follow=True)

    assert "at least one active owner" in deactivated.text
    assert "at least one active owner" in demoted.text
    assert members_of(acme)[olive.user.email].role == Role.OWNER


def test_one_of_two_owners_may_go(olive, acme, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)

    with tenant_scope(acme):
        members.set_member_active(membership_id=olive.id, is_active=False, actor=second, now=now)

    assert not members_of(acme)[olive.user.email].is_active


def test_a_role_is_changed_by_an_owner(owner, ada, acme):
    owner.post(f"{PEOPLE}{ada.id}/role/", {"role": Role.SUPERVISOR})

    assert members_of(acme)[ada.user.email].role == Role.SUPERVISOR


def test_what_happens_to_people_is_recorded_without_an_address(owner, olive, acme, ada):
    invite(owner)
    owner.post(f"{PEOPLE}{ada.id}/role/", {"role": Role.SUPERVISOR})
    owner.post(f"{PEOPLE}{ada.id}/leave/")

    with tenant_scope(acme):
        entries = list(AuditEntry.objects.order_by("at", "id").values())
    assert {entry["event"] for entry in entries} >= {
        "tenant.opened",
        "member.invited",
        "member.joined",
        "member.changed",
    }
    assert not re.search(r"@|Ada|Olive|Nora", str([entry["facts"] for entry in entries]))
