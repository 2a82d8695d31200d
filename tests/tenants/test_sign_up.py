"""Signing up: one page for every address, a mailed link, the password chosen at sign-up."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from tenants.models import User
from tests.factories.tenants import PASSWORD, make_person

pytestmark = pytest.mark.django_db
NORA = {"name": "Nora", "email": "nora@example.com", "password": "four green lanterns"}


def sign_up(client, **changes):
    return client.post(reverse("accounts:sign_up"), {**NORA, **changes}, follow=True)


def main_of(response):
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.text.partition("<main")[2])


def mailed_token():
    return re.search(r"#([\w-]+)", mail.outbox[-1].body).group(1)


def confirm(client, token, password=NORA["password"]):
    return client.post(reverse("accounts:confirm"), {"code": token, "password": password})


def test_a_new_address_gets_a_link_whose_token_stands_in_the_fragment(client):
    response = sign_up(client)

    assert "Check your mail" in response.text
    assert "/confirm/#" in mail.outbox[0].body
    assert mail.outbox[0].to == ["nora@example.com"]


def test_a_registered_address_gets_the_same_page_and_a_mail_that_says_so(client, now):
    make_person("Nora", now=now)
    known = sign_up(client)

    unknown = sign_up(client, email="nils@example.com")

    assert known.redirect_chain == unknown.redirect_chain
    assert main_of(known).replace("nora@", "nils@") == main_of(unknown)
    assert "has an account already" in mail.outbox[0].body
    assert "#" not in mail.outbox[0].body


def test_the_link_and_the_password_confirm_the_address_and_lead_to_naming_the_organisation(client):
    sign_up(client)

    response = confirm(client, mailed_token())

    assert response.url == reverse("accounts:organisations")
    assert client.get(response.url).url == reverse("accounts:organisation_new")
    assert User.objects.get().is_confirmed


def test_the_pasted_address_of_the_link_is_as_good_as_the_code(client):
    sign_up(client)

    response = confirm(client, f"http://app.localhost/confirm/#{mailed_token()} ")

    assert response.status_code == 302


def test_the_owner_of_the_mailbox_cannot_be_made_to_confirm_another_ones_password(client):
    sign_up(client, password="mallory knows this one")

    response = confirm(client, mailed_token(), "what nora would choose")

    assert response.status_code == 422
    assert not User.objects.get().is_confirmed


def test_a_second_sign_up_takes_the_place_of_the_first(client):
    sign_up(client, password="mallory knows this one")
    first = mailed_token()
    sign_up(client)
    second = mailed_token()

    assert confirm(client, first, "mallory knows this one").status_code == 422
    assert confirm(client, second).status_code == 302


def test_a_link_works_once(client):
    sign_up(client)
    token = mailed_token()
    confirm(client, token)

    response = confirm(client, token)

    assert "used already" in response.text


def test_an_expired_link_says_so_and_another_is_sent(client):
    sign_up(client)
    token = mailed_token()
    with time_machine.travel(timedelta(hours=25)):
        response = confirm(client, token)
        assert "has expired" in response.text
        assert reverse("accounts:confirm_again") in response.text

        client.post(reverse("accounts:confirm_again"), {"code": token})
        assert confirm(client, mailed_token()).status_code == 302


@pytest.mark.parametrize("token", ["", "x", "A" * 96, "é" * 40, "\0", "A" * 5000])
def test_a_made_up_code_is_refused_next_to_its_field(client, token):
    response = confirm(client, token)

    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text


def test_a_form_keeps_what_was_typed_but_the_password(client):
    response = sign_up(client, email="nora at example")

    assert response.status_code == 422
    assert "nora at example" in response.text
    assert NORA["password"] not in response.text
    assert 'aria-describedby="id_email' in response.text


@pytest.mark.parametrize(
    "password",
    ["short", "passwordpassword", "1q2w3e4r5t6y", "730184629513", "aaaaaaaaaaaa1", "hushdesk2026!", "nora@example.com"],
)
def test_a_weak_password_is_refused(client, password):
    response = sign_up(client, password=password)

    assert response.status_code == 422
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "name", ["Win at https://evil.example", "www.evil.example", "<b>Nora</b>", "No\u202era", "n" * 81]
)
def test_a_name_that_would_mislead_in_a_mail_is_refused(client, name):
    assert sign_up(client, name=name).status_code == 422


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Nora@Example.COM ", "nora@example.com"),
        ("nora@\uff45xample.com", "nora@example.com"),
        ("nora@bücher.example", "nora@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_kept_in_one_form(client, typed, kept):
    sign_up(client, email=typed)

    assert User.objects.get().email == kept


@pytest.mark.parametrize(
    "typed", ["n\u043era@example.com", "nora@exa mple.com", "nora@", "@example.com", "a@b\nc.example"]
)
def test_an_address_that_only_looks_like_one_is_refused(client, typed):
    assert sign_up(client, email=typed).status_code == 422


def test_the_mail_can_be_sent_again_by_who_signed_up(client):
    sign_up(client)

    response = client.post(reverse("accounts:sign_up_again"))

    assert "Sent again" in response.text
    assert len(mail.outbox) == 2


def test_mails_to_one_address_are_slowed_and_it_says_until_when(client):
    for _ in range(4):
        sign_up(client)

    response = sign_up(client)

    assert response.status_code == 429
    assert "try again in 15 minutes" in response.text
    assert int(response["Retry-After"]) > 0
    assert len(mail.outbox) == 4


def test_a_mail_server_that_fails_is_told_and_nothing_is_lost(client, monkeypatch):
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", _refuse)
    response = sign_up(client)
    assert response.status_code == 503
    assert "could not be sent" in response.text
    monkeypatch.undo()

    sign_up(client)

    assert confirm(client, mailed_token()).status_code == 302


def test_neither_address_nor_token_reaches_the_log(client, caplog):
    with caplog.at_level("DEBUG"):
        sign_up(client)
        token = mailed_token()
        confirm(client, token)

    assert "nora@example.com" not in caplog.text
    assert token not in caplog.text
    assert NORA["password"] not in caplog.text


def _refuse(*_args, **_kwargs):
    raise ConnectionRefusedError


def test_the_password_of_the_cast_is_strong(client):
    assert sign_up(client, password=PASSWORD).redirect_chain
