"""The page on which owners answer, look at what was read, and end it."""

import pytest
from django.test import Client
from django_otp.oath import totp

from tenants.actions.factors import factor_of
from tenants.actors import Actor
from tests.compliance.support.conftest import PAGE, is_live
from tests.factories.modes import switch_mode
from tests.factories.support import ask_support
from tests.factories.tenants import make_factor

pytestmark = pytest.mark.django_db


def test_the_page_is_empty_asked_live_and_past(client, sign_in, olive, oscar, acme, now):
    sign_in(client, olive, fresh=False)
    assert "Nobody looks in" in client.get(PAGE).text
    grant = ask_support(acme, oscar, reason="See why <b>nothing</b> comes", now=now)
    page = client.get(PAGE).text
    assert "Oscar asks to look in" in page
    assert "asks to look in" in client.get("/o/acme/settings/").text
    assert "See why &lt;b&gt;nothing" in page
    address = f"{PAGE}{grant.id}/approve/"
    asked = client.post(address, {"minutes": "15"})
    assert (asked.status_code, is_live(grant, oscar)) == (422, False)
    assert 'name="minutes" value="15"' in asked.text

    client.post(address, {"minutes": "15", "fresh-code": f"{totp(make_factor(olive.user).seed()):06d}"})

    assert is_live(grant, oscar)
    page = client.get(PAGE).text
    assert "Oscar can look in" in page
    assert "What they looked at" in page
    assert "can look in until" in client.get("/o/acme/settings/").text
    client.post(f"{PAGE}{grant.id}/refuse/")
    assert not is_live(grant, oscar)
    assert "Ended by an owner" in client.get(PAGE).text
    assert client.post(address, {"minutes": "15"}, follow=True).status_code == 200


def test_the_page_asks_for_a_code_under_a_mode_and_says_what_is_wrong(client, sign_in, olive, oscar, acme, now):
    switch_mode(tenant=acme, mode="hipaa", on=True, reason="A clinic", actor=Actor.member(olive), now=now)
    grant = ask_support(acme, oscar, now=now)
    sign_in(client, olive)
    assert "Break-glass code" in client.get(PAGE).text

    answer = client.post(f"{PAGE}{grant.id}/approve/", {"minutes": "15", "break_glass": "wrong"})

    assert answer.status_code == 422
    assert "none of your organisation" in answer.text
    assert not is_live(grant, oscar)


def test_a_question_asked_twice_over_the_page_is_answered_once(client, sign_in, olive, ada, acme, oscar, now):
    grant = ask_support(acme, oscar, now=now)
    sign_in(client, ada)

    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}{grant.id}/approve/", {"minutes": "15"}).status_code == 403
    assert Client().post(f"{PAGE}{grant.id}/approve/", {"minutes": "15"}).status_code == 302
    assert factor_of(olive.user) is None or not is_live(grant, oscar)
