"""An organisation's people: invited, joining, deactivated."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from compliance.models import AuditEntry
from tenants.actions import invitations, members, people
from tenants.models import Invitation, Membership, User
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import InvitationKey
from tests.factories.tenants import PASSWORD, make_factor, make_member, make_person, make_tenant

pytestmark = pytest.mark.django_db
PEOPLE = "/o/acme/settings/people/"
INVITATION, JOIN = "/invitation/", "/invitation/join/"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)


def invite(owner, email="nora@example.com", role=Role.AGENT):
    return owner.post(f"{PEOPLE}invite/", {"email": email, "role": role}, follow=True)


def mailed_token():
    return re.search(r"/invitation/#([\w-]+)", mail.outbox[-1].body).group(1)


def show(visitor, token):
    return visitor.post(INVITATION, {"code": token}, follow=True)


def join(visitor, name="Nora", password=PASSWORD):
    return visitor.post(JOIN, {"name": name, "password": password})


def members_of(tenant):
    with tenant_scope(tenant):
        return {member.user.email: member for member in Membership.objects.select_related("user")}


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


def test_an_organisation_is_named_and_opened_then_the_second_factor_is_set_up(client, now):
    person = make_person("Nora", now=now)
    client.post("/sign-in/", {"email": person.email, "password": PASSWORD})

    response = client.post("/organisations/new/", {"name": "Nora & Co", "slug": "", "region": "eu"})

    assert response.url == "/sign-in/enrol/?next=%2Fo%2Fnora-co%2Fstart%2F"


@pytest.mark.parametrize("slug", ["admin", "a", "-acme", "ac--me", "acme!", "Acmé", "a" * 41, "www"])
def test_a_slug_that_cannot_be_is_refused_next_to_its_field(owner, slug):
    response = owner.post("/organisations/new/", {"name": "Nora & Co", "slug": slug, "region": "eu"})

    assert response.status_code == 422
    assert 'id="id_slug_error"' in response.text


def test_a_taken_slug_is_told_with_one_that_is_free(owner):
    response = owner.post("/organisations/new/", {"name": "Acme", "slug": "acme", "region": "eu"})

    assert response.status_code == 422
    assert "“acme-2” is free" in response.text


def test_an_owner_may_open_a_second_organisation_only_with_the_second_factor(client, olive):
    make_factor(olive.user)
    client.post("/sign-in/", {"email": olive.user.email, "password": PASSWORD})

    response = client.post("/organisations/new/", {"name": "Other", "slug": "", "region": "eu"})

    assert response.url.startswith("/sign-in/factor/")


def test_people_of_several_organisations_choose(owner, olive, now):
    make_tenant("Initech", owner=olive.user, now=now)

    page = owner.get(reverse("accounts:organisations"))

    assert "/o/acme/inbox/" in page.text
    assert "/o/initech/inbox/" in page.text


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
