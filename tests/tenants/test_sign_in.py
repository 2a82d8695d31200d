"""Signing in: password, then second factor; every failure looks the same."""

import re
from datetime import timedelta
from itertools import count
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from helpdesk.core import clock
from tenants.actions import people
from tenants.actions.factors import factor_of
from tenants.lockout.rules import USUAL, rule_for
from tenants.models import SealedTOTPDevice, User
from tests.factories.tenants import PASSWORD, make_factor, make_person

pytestmark = pytest.mark.django_db
SIGN_IN, FACTOR, ENROL = "/sign-in/", "/sign-in/factor/", "/sign-in/enrol/"


def give_password(client, user, password=PASSWORD, **more):
    email = user if isinstance(user, str) else user.email
    return client.post(SIGN_IN, {"email": email, "password": password, **more})


def code_for(user):
    return f"{totp(factor_of(user).seed()):06d}"


def session_key(client):
    return client.session.session_key


def test_password_and_code_lead_to_the_inbox(client, ada):
    make_factor(ada.user)

    assert give_password(client, ada.user).url == FACTOR
    assert client.post(FACTOR, {"code": code_for(ada.user)}).url == reverse("accounts:organisations")
    assert client.get(reverse("accounts:organisations")).url == "/o/acme/inbox/"


def test_the_password_alone_opens_no_page_of_an_organisation(client, olive):
    make_factor(olive.user)
    give_password(client, olive.user)

    response = client.get("/o/acme/settings/people/")

    assert response.status_code == 302
    assert response.url.startswith(FACTOR)


def test_the_session_key_changes_at_each_step(client, ada):
    make_factor(ada.user)
    client.get(SIGN_IN)
    session = client.session
    session["planted"] = True
    session.save()
    keys = [session_key(client)]
    client.cookies["__Host-session"] = keys[0]

    give_password(client, ada.user)
    keys.append(session_key(client))
    client.post(FACTOR, {"code": code_for(ada.user)})
    keys.append(session_key(client))

    assert len(set(keys)) == 3


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


def test_a_code_works_once(client, ada):
    make_factor(ada.user)
    code = code_for(ada.user)
    give_password(client, ada.user)
    client.post(FACTOR, {"code": code})
    other = Client()
    give_password(other, ada.user)

    response = other.post(FACTOR, {"code": code})

    assert response.status_code == 422
    assert "was used before" in response.text


def test_wrong_codes_are_slowed_and_it_says_for_how_long(client, ada):
    make_factor(ada.user)
    give_password(client, ada.user)

    # However long the machine takes, no second passes.
    with time_machine.travel(clock.now(), tick=False):
        responses = [client.post(FACTOR, {"code": "000000"}) for _ in range(3)]
        right = client.post(FACTOR, {"code": code_for(ada.user)})

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


def test_the_first_sign_in_enrols_an_authenticator_app(client, ada):
    give_password(client, ada.user)
    assert client.get(FACTOR).url == ENROL
    page = client.get(ENROL)
    assert 'src="data:image/svg+xml' in page.text
    device = SealedTOTPDevice.objects.get(user=ada.user)
    again = client.get(ENROL)
    assert SealedTOTPDevice.objects.get(user=ada.user) == device, "a reload keeps the seed"
    assert again.status_code == 200

    response = client.post(ENROL, {"code": f"{totp(device.seed()):06d}"})

    assert response.url == reverse("accounts:backup_codes")
    assert client.get("/o/acme/settings/").status_code == 200


def test_a_seed_shown_in_another_session_cannot_be_confirmed_in_this_one(client, ada):
    thief = Client()
    give_password(thief, ada.user)
    thief.get(ENROL)
    seen = SealedTOTPDevice.objects.get(user=ada.user)
    give_password(client, ada.user)
    client.get(ENROL)

    response = client.post(ENROL, {"code": f"{totp(seen.seed()):06d}"})

    assert response.status_code == 422
    assert not SealedTOTPDevice.objects.filter(id=seen.id).exists()


def test_who_has_a_second_factor_cannot_enrol_another_without_it(client, ada):
    make_factor(ada.user)
    give_password(client, ada.user)

    assert client.get(ENROL).url == FACTOR
    assert SealedTOTPDevice.objects.filter(user=ada.user).count() == 1


def test_the_page_asked_for_comes_after_both_steps(client, ada):
    make_factor(ada.user)
    asked = client.get("/o/acme/settings/")
    response = give_password(client, ada.user, next="/o/acme/settings/")

    assert asked.url == f"{SIGN_IN}?next=/o/acme/settings/"
    assert response.url == f"{FACTOR}?next=%2Fo%2Facme%2Fsettings%2F"
    response = client.post(response.url, {"code": code_for(ada.user), "next": "/o/acme/settings/"})
    assert response.url == "/o/acme/settings/"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\n//evil.example", "evil"],
)
def test_only_our_own_pages_are_led_to(client, ada, sign_in, target):
    sign_in(client, ada)

    response = client.get(f"{SIGN_IN}?next={quote(target)}")

    assert response.url == reverse("accounts:organisations")


def test_who_is_signed_in_skips_signing_in(client, ada, sign_in):
    sign_in(client, ada)

    assert client.get(SIGN_IN).status_code == 302
    assert client.get(FACTOR).status_code == 302
    assert client.get(ENROL).status_code == 302
    assert client.get("/signup/").status_code == 302


def test_signing_out_is_a_post(client, ada, sign_in):
    sign_in(client, ada)
    assert client.get("/sign-out/").status_code == 405

    client.post("/sign-out/")

    assert client.get("/o/acme/settings/").url.startswith(SIGN_IN)


def test_forms_need_their_csrf_token(ada):
    strict = Client(enforce_csrf_checks=True)

    assert give_password(strict, ada.user).status_code == 403


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
