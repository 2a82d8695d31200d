"""Accounts at their edges: allowances used up, pages out of order, links that are good for nothing."""

import pytest
from django.core import mail

from helpdesk.core.ratelimit import Limit
from tenants import limits
from tenants.actions import invitations, people
from tenants.actions.people import AddressTakenError
from tenants.models import User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import CONFIRMATION
from tests.factories.tenants import PASSWORD, make_factor, make_member
from tests.tenants.edges.conftest import PEOPLE

pytestmark = pytest.mark.django_db
NORA = {"name": "Nora", "email": "nora@example.com", "password": PASSWORD}


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
