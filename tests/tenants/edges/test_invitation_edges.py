"""Invitations that change under who opens them, and an organisation's page at its edges."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client

from tenants import slugs
from tenants.actions import invitations, members
from tenants.actions.tenants import SlugTakenError
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.factories.tenants import PASSWORD, make_person
from tests.tenants.edges.conftest import PEOPLE

pytestmark = pytest.mark.django_db


def test_an_invitation_whose_address_got_an_account_meanwhile_asks_to_sign_in(owner, acme, monkeypatch, now):
    owner.post(f"{PEOPLE}invite/", {"email": "nora@example.com", "role": Role.AGENT})
    token = re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)
    nora = Client()
    nora.post("/invitation/", {"code": token})
    make_person("Nora", now=now)
    # As if the account had been made after the look and before the act.
    monkeypatch.setattr("tenants.views.invitation._account_of", lambda _: None)

    response = nora.post("/invitation/join/", {"name": "Nora", "password": PASSWORD})

    assert response.url == "/invitation/"


def test_a_weak_password_is_refused_when_joining_and_the_name_kept(owner):
    owner.post(f"{PEOPLE}invite/", {"email": "nora@example.com", "role": Role.AGENT})
    token = re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)
    nora = Client()
    nora.post("/invitation/", {"code": token})

    response = nora.post("/invitation/join/", {"name": "Nora Berg", "password": "short"})

    assert response.status_code == 422
    assert 'value="Nora Berg"' in response.text


def test_an_opened_invitation_that_ran_out_says_so(owner):
    owner.post(f"{PEOPLE}invite/", {"email": "nora@example.com", "role": Role.AGENT})
    token = re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)
    nora = Client()
    nora.post("/invitation/", {"code": token})

    with time_machine.travel(timedelta(days=8)):
        nora.cookies["__Host-session"] = nora.cookies["__Host-session"].value
        response = nora.get("/invitation/")

    assert response.status_code in {200, 410}
    assert "Join Acme" not in response.text


def test_a_suspended_organisation_takes_nobody_in(owner, acme, now):
    owner.post(f"{PEOPLE}invite/", {"email": "nora@example.com", "role": Role.AGENT})
    token = re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)
    Tenant.objects.filter(id=acme.id).update(status="suspended")

    with pytest.raises(invitations.NoInvitationError):
        invitations.find_invitation(InvitationKey.of(token), now=now)
    with pytest.raises(invitations.NoInvitationError):
        invitations.join_as_new_person(key=InvitationKey.of(token), name="Nora", password=PASSWORD, now=now)


@pytest.mark.parametrize("act", ["invitations/{}/again/", "invitations/{}/withdraw/", "{}/role/", "{}/activate/"])
def test_what_is_not_there_is_not_found(owner, act):
    response = owner.post(PEOPLE + act.format(uuid4()), {"role": Role.AGENT})

    assert response.status_code == 404


def test_a_role_that_does_not_exist_changes_nothing(owner, ada, acme):
    response = owner.post(f"{PEOPLE}{ada.id}/role/", {"role": "king"}, follow=True)

    assert "no such role" in response.text
    with tenant_scope(acme):
        assert Membership.objects.get(id=ada.id).role == Role.AGENT


def test_setting_what_is_so_already_changes_nothing(olive, ada, acme, now):
    with tenant_scope(acme):
        members.set_member_active(membership_id=ada.id, is_active=True, actor=olive, now=now)
        members.change_role(membership_id=ada.id, role=Role.AGENT, actor=olive, now=now)

    assert User.objects.get(id=ada.user_id).session_epoch == 0


def test_a_slug_taken_a_moment_ago_is_told(owner, monkeypatch):
    def taken_just_now(**_facts):
        raise SlugTakenError

    monkeypatch.setattr("tenants.views.organisations.open_tenant", taken_just_now)

    response = owner.post("/organisations/new/", {"name": "Initech", "slug": "initech", "region": "eu"})

    assert response.status_code == 422
    assert "This short name is taken" in response.text


def test_a_free_slug_is_always_found(acme, monkeypatch):
    assert slugs.suggest_slug("Acme") == "acme-2"
    assert slugs.suggest_slug("A") == "a-desk"
    assert slugs.suggest_slug("") == "desk"
    assert slugs.suggest_slug("Admin") == "admin-2"
    monkeypatch.setattr(slugs, "RESERVED", {"many", "many-2", "many-3", "many-4", "many-5"})
    assert re.fullmatch(r"many-[0-9a-f]{6}", slugs.suggest_slug("Many"))
