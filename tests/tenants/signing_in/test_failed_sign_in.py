"""Every failure to sign in looks the same, costs the same, and is counted."""

import re
from datetime import timedelta
from itertools import count

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client

from helpdesk.core import clock
from tenants.actions import people
from tenants.lockout.rules import USUAL, rule_for
from tenants.models import SealedTOTPDevice, User
from tests.factories.tenants import PASSWORD, make_factor
from tests.support.signing_in import FACTOR, code_of, give_password

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["unknown", "wrong password", "unconfirmed", "deactivated"])
def test_every_failure_is_one_answer(client, ada, sam, now, who):
    people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)
    User.objects.filter(id=sam.user_id).update(is_active=False)
    given = {
        "unknown": ("nobody@example.com", PASSWORD),
        "wrong password": (ada.user.email, "not this one at all"),
        "unconfirmed": ("nora@example.com", PASSWORD),
        "deactivated": (sam.user.email, PASSWORD),
    }[who]

    response = give_password(client, *given)

    assert response.status_code == 422
    assert "do not match, or the address is not confirmed" in response.text
    assert given[0] in response.text
    assert given[1] not in response.text


@pytest.mark.parametrize("who", ["known", "unknown"])
def test_six_failures_lock_a_name_whether_or_not_it_exists(client, ada, who):
    # An unknown name seems to have one of the rules that organisations can choose (`tenants.lockout.rules`).
    unknown = (f"nobody{number}@example.com" for number in count())
    email = ada.user.email if who == "known" else next(each for each in unknown if rule_for(each) == USUAL)
    answers = [give_password(client, email, "not this one at all") for _ in range(6)]
    right = give_password(client, email)

    assert [answer.status_code for answer in answers] == [422] * 5 + [429]
    assert right.status_code == 429
    assert "in 30 minutes" in right.text
    assert right["Retry-After"] == "1800"


def test_a_lock_holds_from_every_network_address_and_ends(ada):
    for number in range(6):
        give_password(Client(REMOTE_ADDR=f"192.0.2.{number}"), ada.user, "not this one at all")

    assert give_password(Client(REMOTE_ADDR="198.51.100.1"), ada.user).status_code == 429
    with time_machine.travel(timedelta(minutes=31)):
        assert give_password(Client(REMOTE_ADDR="198.51.100.1"), ada.user).status_code == 302


def test_a_spray_over_many_names_from_one_address_is_slowed(client, ada):
    for number in range(50):
        give_password(client, f"nobody{number}@example.com", "not this one at all")

    response = give_password(client, ada.user)

    assert response.status_code == 429
    assert "Please try again in" in response.text


def test_what_is_kept_of_failures_holds_no_address(client, ada):
    from axes.models import AccessAttempt

    give_password(client, ada.user, "not this one at all")

    kept = str(list(AccessAttempt.objects.values()))
    assert ada.user.email not in kept
    assert "not this one" not in kept


def test_wrong_codes_are_slowed_and_it_says_for_how_long(client, ada):
    make_factor(ada.user)
    give_password(client, ada.user)

    # However long the machine takes, no second passes.
    with time_machine.travel(clock.now(), tick=False):
        responses = [client.post(FACTOR, {"code": "000000"}) for _ in range(3)]
        right = client.post(FACTOR, {"code": code_of(ada.user)})

    assert all(response.status_code == 422 for response in responses)
    assert right.status_code == 422
    assert re.search(r"Wait .*, then try again", right.text)


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "١٢٣٤٥٦", "1" * 400, "12 34 5x"])
def test_what_is_no_code_is_refused_next_to_its_field(client, ada, code):
    make_factor(ada.user)
    give_password(client, ada.user)

    response = client.post(FACTOR, {"code": code})

    assert response.status_code == 422
    assert SealedTOTPDevice.objects.get(user=ada.user).throttling_failure_count == 0


@pytest.mark.parametrize("who", ["unknown", "wrong password", "unconfirmed", "deactivated"])
def test_every_failure_costs_one_hash_so_that_none_answers_sooner(client, ada, sam, now, who, monkeypatch):
    people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)
    User.objects.filter(id=sam.user_id).update(is_active=False)
    email = {"unknown": "nobody@example.com", "unconfirmed": "nora@example.com", "deactivated": sam.user.email}
    hashed = count_hashes(monkeypatch)

    give_password(client, email.get(who, ada.user.email), "not this one at all")

    assert len(hashed) == 1


def test_signing_up_costs_one_hash_whether_or_not_the_address_is_known(ada, now, monkeypatch):
    hashed = count_hashes(monkeypatch)

    people.sign_up(email=ada.user.email, name="Ada", password=PASSWORD, now=now)
    people.sign_up(email="nora@example.com", name="Nora", password=PASSWORD, now=now)

    assert len(hashed) == 2


def count_hashes(monkeypatch):
    hashed = []
    hash_once = MD5PasswordHasher.encode

    def encode(self, password, salt):
        hashed.append(1)
        return hash_once(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode)
    return hashed
