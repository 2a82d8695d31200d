"""People are invited by mail and join by its link, once, as the one who was invited."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from tenants.actions import invitations, people
from tenants.models import Invitation, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.factories.tenants import PASSWORD, make_factor
from tests.tenants.people.conftest import PEOPLE, invite, members_of

pytestmark = pytest.mark.django_db
INVITATION, JOIN = "/invitation/", "/invitation/join/"


def mailed_token():
    return re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)


def show(visitor, token):
    return visitor.post(INVITATION, {"code": token}, follow=True)


def join(visitor, name="Nora", password=PASSWORD):
    return visitor.post(JOIN, {"name": name, "password": password})


def test_a_new_person_joins_by_the_mailed_link(owner, acme):
    invite(owner)
    nora = Client()

    page = show(nora, mailed_token())
    response = join(nora)

    assert "Join Acme" in page.text
    assert response.url.startswith("/sign-in/enrol/")
    assert members_of(acme)["nora@example.com"].role == Role.AGENT
    assert User.objects.get(email="nora@example.com").is_confirmed


def test_a_new_person_must_still_set_up_a_second_factor(owner):
    invite(owner)
    nora = Client()
    show(nora, mailed_token())
    join(nora)

    assert nora.get("/o/acme/settings/").status_code == 302


def test_the_mail_names_the_organisation_and_no_person(owner):
    invite(owner)

    body = mail.outbox[-1].body
    assert "Acme" in body
    assert "Olive" not in body
    assert "olive@" not in body


def test_an_existing_person_must_sign_in_as_the_invited_address(owner, mallory, acme, sign_in):
    invite(owner, mallory.user.email)
    visitor = Client()
    page = show(visitor, mailed_token())
    assert "Sign in to join" in page.text

    join(visitor, password="not this one at all")
    assert mallory.user.email not in members_of(acme)

    make_factor(mallory.user)
    visitor.post("/sign-in/", {"email": mallory.user.email, "password": PASSWORD})
    visitor.post(JOIN)
    assert mallory.user.email not in members_of(acme), "the password alone is not enough"


def test_an_existing_person_joins_once_signed_in(owner, mallory, acme, sign_in):
    invite(owner, mallory.user.email)
    visitor = sign_in(Client(), mallory)
    show(visitor, mailed_token())

    visitor.post(JOIN)

    assert mallory.user.email in members_of(acme)
    assert "Acme" in visitor.get("/organisations/").text


def test_nobody_else_joins_by_the_link(owner, mallory, acme, sign_in):
    invite(owner)
    visitor = sign_in(Client(), mallory)

    page = show(visitor, mailed_token())

    assert "signed in as someone else" in page.text
    with pytest.raises(invitations.OtherAddressError):
        invitations.join(key=InvitationKey.of(mailed_token()), person=mallory.user, now=mallory.created_at)


def test_an_invitation_works_once(owner):
    invite(owner)
    token = mailed_token()
    nora = Client()
    show(nora, token)
    join(nora)

    assert "was used or withdrawn" in show(Client(), token).text


def test_an_invitation_ends_after_seven_days(owner):
    invite(owner)
    with time_machine.travel(timedelta(days=8)):
        assert "older than 7 days" in show(Client(), mailed_token()).text


def test_an_invitation_opened_before_it_was_withdrawn_no_longer_joins(owner, acme):
    invite(owner)
    nora = Client()
    show(nora, mailed_token())
    with tenant_scope(acme):
        pending = Invitation.objects.get()
    owner.post(f"{PEOPLE}invitations/{pending.id}/withdraw/")

    response = join(nora)

    assert response.status_code == 410
    assert "nora@example.com" not in members_of(acme)


def test_sending_again_ends_the_link_before(owner, acme):
    invite(owner)
    first = mailed_token()
    with tenant_scope(acme):
        pending = Invitation.objects.get()

    owner.post(f"{PEOPLE}invitations/{pending.id}/again/")

    assert "was used or withdrawn" in show(Client(), first).text
    assert "Join Acme" in show(Client(), mailed_token()).text


def test_only_the_hash_of_a_token_is_stored(owner, acme):
    invite(owner)
    token = mailed_token()
    visitor = Client()
    show(visitor, token)

    with tenant_scope(acme):
        stored = Invitation.objects.get()
    assert token.encode() not in bytes(stored.token_hash)
    assert token not in str(dict(visitor.session))


def test_a_token_of_another_organisation_finds_nothing(owner, globex):
    invite(owner)
    key = InvitationKey.of(mailed_token())

    with pytest.raises(invitations.NoInvitationError):
        invitations.find_invitation(InvitationKey(globex.id, key.digest), now=globex.created_at)


def test_a_deactivated_member_who_is_invited_again_comes_back_in_the_new_role(owner, ada, acme, now):
    owner.post(f"{PEOPLE}{ada.id}/leave/")
    invite(owner, ada.user.email, Role.AUDITOR)

    person = User.objects.get(id=ada.user_id)
    membership = invitations.join(key=InvitationKey.of(mailed_token()), person=person, now=now)

    assert (membership.id, membership.role, membership.is_active) == (ada.id, Role.AUDITOR, True)


def test_a_pending_sign_up_of_the_invited_address_is_taken_over(owner, acme, now):
    people.sign_up(email="nora@example.com", name="Impostor", password="mallory knows this one", now=now)
    invite(owner)
    nora = Client()
    show(nora, mailed_token())

    join(nora)

    person = members_of(acme)["nora@example.com"].user
    assert person.name == "Nora"
    assert person.check_password(PASSWORD)
