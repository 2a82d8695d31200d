"""A forgotten password is chosen anew by a mailed link, once, within an hour."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from tenants.actions import people
from tests.factories.tenants import PASSWORD, make_person
from tests.support.signing_in import FACTOR, SIGN_IN, give_password

pytestmark = pytest.mark.django_db


def forgot(client, email):
    return client.post(reverse("accounts:forgot_password"), {"email": email}, follow=True)


def mailed_token():
    return re.search(r"/password/reset/#([\w-]+)", mail.outbox[-1].body).group(1)


def reset(client, token, password="nine paper umbrellas"):  # noqa: S107 (a test's own)
    return client.post(reverse("accounts:reset_password"), {"code": token, "password": password})


def test_a_forgotten_password_is_chosen_anew_and_every_session_ends(client, ada, sign_in):
    sign_in(client, ada)
    other = Client()
    forgot(other, ada.user.email)

    assert reset(other, mailed_token()).url == SIGN_IN
    assert client.get("/o/acme/settings/").url.startswith(SIGN_IN)
    assert give_password(other, ada.user).status_code == 422
    assert give_password(other, ada.user, "nine paper umbrellas").url == FACTOR
    assert "was changed" in mail.outbox[-1].body


def test_a_reset_link_works_once_and_for_an_hour(client, ada):
    forgot(client, ada.user.email)
    token = mailed_token()
    with time_machine.travel(timedelta(minutes=61)):
        assert "has expired" in reset(client, token).text

    reset(client, token)

    assert reset(client, token).status_code == 422


def test_an_unknown_address_gets_the_same_page_and_a_mail_without_a_token(client, ada):
    known, unknown = forgot(client, ada.user.email), forgot(client, "nobody@example.com")

    assert known.redirect_chain == unknown.redirect_chain
    assert "#" not in mail.outbox[-1].body
    assert "no Hushdesk account" in mail.outbox[-1].body


def test_an_unconfirmed_address_gets_no_reset_link(client, now):
    people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)

    forgot(client, "nora@example.com")

    assert "#" not in mail.outbox[-1].body


def test_a_reset_unlocks_a_locked_name(client, ada):
    for _ in range(6):
        give_password(client, ada.user, "not this one at all")
    forgot(client, ada.user.email)
    reset(client, mailed_token())

    assert give_password(client, ada.user, "nine paper umbrellas").status_code == 302


def test_a_confirmation_token_does_not_reset_a_password(client, now):
    from tenants.tokens import CONFIRMATION

    person = make_person("Nora", now=now)

    assert reset(client, CONFIRMATION.issue(person, now=now)).status_code == 422
