"""Every way to a password is judged alike: by reset, by joining, by signing up."""

import re

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from tenants.actions import invitations, people
from tenants.models import User
from tenants.passwords.judging import UnfitPasswordError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.tokens import PASSWORD_RESET, InvitationKey
from tests.factories.tenants import PASSWORD
from tests.tenants.passwords.choosing.conftest import CHANGE, NEW

pytestmark = pytest.mark.django_db


def test_a_reset_is_judged_too_and_its_link_stays_good_until_a_fit_one_is_chosen(client, ada, now):
    token = PASSWORD_RESET.issue(ada.user, now=now)

    answers = [
        client.post("/password/reset/", {"code": token, "password": each}) for each in (PASSWORD, "acme-acme-73")
    ]
    done = client.post("/password/reset/", {"code": token, "password": NEW})

    assert [answer.status_code for answer in answers] == [422, 422]
    assert "differs from your last 4" in answers[0].text
    assert done.url == "/sign-in/"


def test_a_reset_does_not_pass_the_second_factor(client, ada, now, sign_in):
    sign_in(Client(), ada)
    client.post("/password/reset/", {"code": PASSWORD_RESET.issue(ada.user, now=now), "password": NEW})

    response = client.post("/sign-in/", {"email": ada.user.email, "password": NEW})

    assert response.url == "/sign-in/factor/"
    assert client.get("/o/acme/settings/").url.startswith("/sign-in/factor/")


def test_whoever_joins_is_held_to_the_organisations_words(acme, olive, now):
    with tenant_scope(acme):
        _, token = invitations.invite_colleague(email="nora@example.com", role=Role.AGENT, actor=olive, now=now)
    key = InvitationKey.of(token)

    with pytest.raises(UnfitPasswordError, match="names"):
        invitations.join_as_new_person(key=key, name="Nora", password="four acme lanterns", now=now)
    assert not User.objects.with_email("nora@example.com").exists()


@pytest.mark.parametrize("password", ["short", "Password2026!", "nora likes lanterns", "x1!" * 50])
def test_no_account_is_made_with_an_unfit_password(password, now):
    with pytest.raises(UnfitPasswordError):
        people.create_person(email="nora@example.com", name="Nora", password=password, now=now)
    with pytest.raises(UnfitPasswordError):
        people.sign_up(email="nora@example.com", name="Nora", password=password, now=now)
    with pytest.raises(ValidationError):
        validate_password(password, User(email="nora@example.com", name="Nora"))


def test_signing_up_with_an_unfit_password_answers_alike_for_a_known_address(client, ada):
    answers = [
        client.post("/signup/", {"name": "Nora", "email": email, "password": "Password2026!"})
        for email in ("nobody@example.com", ada.user.email)
    ]

    bare = [
        re.sub(r"nobody@example.com|ada@acme.example|value=\"[^\"]*\"|nonce=\"[^\"]*\"", "", a.text) for a in answers
    ]
    assert answers[0].status_code == answers[1].status_code == 422
    assert bare[0] == bare[1]
    assert mail.outbox == []


def test_a_password_of_128_characters_counts_to_its_last(client, now):
    long = "nine paper umbrellas and " * 5 + "123"
    person = people.create_person(email="nora@example.com", name="Nora", password=long, now=now)

    assert len(long) == 128
    assert person.check_password(long)
    assert not person.check_password(long[:-1])


def test_a_password_may_be_typed_on_another_keyboard(client, now):
    people.create_person(email="nora@example.com", name="Nora", password="caf\u00e9 au lait, please", now=now)

    response = client.post("/sign-in/", {"email": "nora@example.com", "password": "cafe\u0301 au lait, please"})

    assert response.status_code == 302


def test_a_password_field_says_what_is_asked_and_lets_one_paste(client, ada, sign_in):
    page = sign_in(client, ada).get(CHANGE).text

    field = re.search(r"<input[^>]*id=\"id_password\"[^>]*>", page).group()
    assert "maxlength" not in field
    assert "onpaste" not in field
    assert 'autocomplete="new-password"' in field
    assert "&quot;length&quot;: 12" in field
    assert "&quot;acme&quot;" in field
    assert PASSWORD not in page
