"""Accounts at their edges: allowances used up, pages out of order, invitations that changed meanwhile."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client

from helpdesk.core.ratelimit import Limit
from tenants import limits, slugs
from tenants.actions import invitations, members, people
from tenants.actions.people import AddressTakenError
from tenants.actions.tenants import SlugTakenError
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import CONFIRMATION, InvitationKey
from tests.factories.tenants import PASSWORD, make_factor, make_member, make_person

pytestmark = pytest.mark.django_db
NORA = {"name": "Nora", "email": "nora@example.com", "password": PASSWORD}
PEOPLE = "/o/acme/settings/people/"


@pytest.fixture
def owner(client, olive, sign_in):
    return sign_in(client, olive)


@pytest.fixture
def none_left(monkeypatch):
    """Use up an allowance."""

    def use_up(name):
        monkeypatch.setattr(limits, name, Limit(f"{name}-none", burst=0, per_s=1 / 120))

    return use_up


@pytest.fixture
def no_mail(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)


@pytest.mark.parametrize(
    ("allowance", "path", "form"),
    [
        ("MAILS_ASKED", "/signup/", NORA),
        ("MAILS_RECEIVED", "/password/forgot/", {"email": "nora@example.com"}),
        ("CODES_TRIED", "/confirm/", {"code": "x", "password": PASSWORD}),
        ("CODES_TRIED", "/confirm/again/", {"code": "x"}),
        ("CODES_TRIED", "/password/reset/", {"code": "x", "password": PASSWORD}),
        ("CODES_TRIED", "/invitation/", {"code": "x"}),
    ],
)
def test_who_asks_too_often_is_told_when_to_come_back(client, none_left, allowance, path, form):
    none_left(allowance)

    response = client.post(path, form)

    assert response.status_code == 429
    assert "Please try again in 2 minutes" in response.text
    assert response["Retry-After"] == "120"


def test_a_mail_sent_again_too_often_is_told(client, none_left):
    client.post("/signup/", NORA)
    none_left("MAILS_RECEIVED")

    response = client.post("/signup/again/")

    assert response.status_code == 429
    assert "Please try again in" in response.text


def test_a_mail_that_cannot_be_sent_again_is_told(client, monkeypatch, request):
    client.post("/signup/", NORA)
    request.getfixturevalue("no_mail")

    response = client.post("/signup/again/")

    assert response.status_code == 503
    assert "could not be sent" in response.text


def test_a_reset_mail_that_cannot_be_sent_is_told(client, no_mail):
    response = client.post("/password/forgot/", {"email": "nora@example.com"})

    assert response.status_code == 503
    assert "nora@example.com" in response.text, "what was typed is kept"


def test_organisations_and_invitations_have_an_allowance(owner, none_left):
    none_left("ORGANISATIONS_OPENED")
    none_left("INVITATIONS_SENT")

    opened = owner.post("/organisations/new/", {"name": "Other", "slug": "", "region": "eu"})
    invited = owner.post(f"{PEOPLE}invite/", {"email": "nora@example.com", "role": Role.AGENT})

    assert (opened.status_code, invited.status_code) == (429, 429)


def test_an_invitation_sent_again_has_the_same_allowance(owner, olive, acme, now, none_left):
    with tenant_scope(acme):
        pending, _ = invitations.invite_colleague(email="nora@example.com", role=Role.AGENT, actor=olive, now=now)
    none_left("INVITATIONS_SENT")

    response = owner.post(f"{PEOPLE}invitations/{pending.id}/again/", follow=True)

    assert "That was too often" in response.text


@pytest.mark.parametrize(
    ("method", "path", "leads_to"),
    [
        ("get", "/signup/sent/", "/signup/"),
        ("post", "/signup/again/", "/signup/"),
        ("post", "/confirm/again/", "/signup/"),
        ("post", "/invitation/join/", "/invitation/"),
        ("get", "/sign-in/factor/", "/sign-in/"),
        ("get", "/sign-in/enrol/", "/sign-in/"),
        ("get", "/organisations/", "/sign-in/"),
        ("get", "/organisations/new/", "/sign-in/"),
    ],
)
def test_a_page_out_of_order_leads_to_where_to_begin(client, method, path, leads_to):
    assert getattr(client, method)(path).url == leads_to


def test_between_password_and_code_every_way_leads_to_the_code(client, ada):
    make_factor(ada.user)
    client.post("/sign-in/", {"email": ada.user.email, "password": PASSWORD})

    assert {client.get(path).url for path in ("/sign-in/", "/sign-in/enrol/", "/organisations/")} == {
        "/sign-in/factor/"
    }


@pytest.mark.parametrize("ruined", ["tampered", "spent"])
def test_a_link_is_not_renewed_by_what_is_not_a_live_token(client, now, ruined):
    person = people.sign_up(**NORA, now=now)
    token = CONFIRMATION.issue(person, now=now)
    if ruined == "spent":
        people.confirm_email(token=token, password=PASSWORD, now=now)
    else:
        token = ("B" if token[0] == "A" else "A") + token[1:]

    response = client.post("/confirm/again/", {"code": token})

    assert response.status_code == 422
    assert mail.outbox == []


def test_the_token_of_a_person_who_is_gone_is_unknown(client, now):
    person = people.sign_up(**NORA, now=now)
    token = CONFIRMATION.issue(person, now=now)
    User.objects.filter(id=person.id).update(is_active=False)

    assert "not a code from one of our mails" in client.post("/confirm/", {"code": token, "password": PASSWORD}).text
    assert people.sign_up(**NORA, now=now) is None


def test_a_live_link_can_be_sent_again(client, now):
    person = people.sign_up(**NORA, now=now)

    client.post("/confirm/again/", {"code": CONFIRMATION.issue(person, now=now)})

    assert "/confirm/#" in mail.outbox[-1].body


def test_an_account_is_not_made_twice_for_one_address(ada, now):
    with pytest.raises(AddressTakenError):
        people.create_person(email=ada.user.email, name="Ada", password=PASSWORD, now=now)


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


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "a second"), (12.1, "13 seconds"), (60, "a minute"), (61, "2 minutes")]
)
def test_a_waiting_time_is_said_rounded_up(seconds, words):
    assert limits.in_words(seconds) == words


def test_an_operator_without_an_organisation_finds_the_admin(client, oscar, sign_in):
    sign_in(client, oscar)

    assert "/admin/" in client.get("/organisations/").text


def test_an_auditor_lands_where_an_auditor_may_be(client, acme, sign_in, now):
    sign_in(client, make_member(acme, "Aud", Role.AUDITOR, now=now))

    landing = client.get("/organisations/").url

    assert landing == "/o/acme/settings/"
    assert client.get(landing).status_code == 200


def test_an_htmx_request_of_nobody_is_sent_to_sign_in_as_a_page(client, acme):
    response = client.get("/o/acme/settings/", headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response["HX-Redirect"] == "/sign-in/"
