"""Passkeys are made, and given as the second step or as the whole of signing in."""

import pytest
import redis
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from helpdesk.core import valkey
from tenants.actions.factors import factor_of
from tenants.models import Passkey
from tests.factories.tenants import make_factor
from tests.support.entries import events
from tests.support.passkeys import SoftPasskey
from tests.support.signing_in import give_password
from tests.tenants.passkeys.conftest import CREATE, SIGN_IN, enrol, give, options, post

pytestmark = pytest.mark.django_db


def test_the_first_sign_in_enrols_a_passkey_and_leads_to_backup_codes(client, ada, acme):
    enrol(client, ada.user)

    assert client.get("/o/acme/inbox/").status_code == 200
    kept = Passkey.objects.get()
    assert (kept.user_id, kept.name, kept.aaguid) == (ada.user_id, "Passkey", "")
    assert "member.factor_enrolled" in events(acme)


def test_what_a_browser_is_asked_for_verifies_the_person_and_names_no_other(client, ada):
    give_password(client, ada.user)

    asked = options(client, CREATE)

    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["rp"] == {"id": "app.localhost", "name": "Hushdesk"}
    assert asked["attestation"] == "none"


def test_a_passkey_is_the_second_step_after_the_password(client, ada):
    passkey = enrol(Client(), ada.user)
    give_password(client, ada.user)
    page = client.get("/sign-in/factor/?next=/o/acme/settings/").text
    assert "Use your passkey" in page

    answer = give(client, f"{SIGN_IN}", passkey)

    assert answer.json() == {"next": reverse("accounts:organisations")}
    assert client.get("/o/acme/inbox/").status_code == 200


def test_a_passkey_alone_signs_in_and_nobody_learns_who_has_one(client, ada):
    passkey = enrol(Client(), ada.user)
    asked = options(client, SIGN_IN)
    assert asked["allowCredentials"] == []
    assert asked["userVerification"] == "required"

    assert give(client, f"{SIGN_IN}", passkey).status_code == 200
    assert client.get("/o/acme/inbox/").status_code == 200


def test_a_locked_password_does_not_hinder_a_passkey(client, ada):
    passkey = enrol(Client(), ada.user)
    for _ in range(6):
        client.post("/sign-in/", {"email": ada.user.email, "password": "not this one at all"})

    assert give(client, SIGN_IN, passkey).status_code == 200


def test_somebody_elses_passkey_is_no_second_step(client, ada, sam):
    of_sam = enrol(Client(), sam.user)
    enrol(Client(), ada.user)
    give_password(client, ada.user)

    assert give(client, SIGN_IN, of_sam).status_code == 422


def test_with_the_password_alone_nothing_is_added_to_a_person_who_has_a_factor(client, ada):
    give_password(client, ada.user)
    asked = options(client, CREATE)
    make_factor(ada.user)

    answer = post(client, CREATE, {"credential": SoftPasskey().create(asked)})

    assert answer.status_code == 409
    assert not Passkey.objects.exists()


def test_another_passkey_needs_a_factor_given_just_now(client, ada, sign_in):
    sign_in(client, ada, fresh=False)
    assert post(client, f"{CREATE}options/").status_code == 403
    assert post(client, CREATE).status_code == 403
    passkey = SoftPasskey()
    client.post("/account/security/confirm/", {"code": f"{totp(factor_of(ada.user).seed()):06d}"})

    post(client, CREATE, {"name": "Laptop", "credential": passkey.create(options(client, CREATE))})

    assert Passkey.objects.get().name == "Laptop"
    asked = options(client, CREATE)
    assert [one["id"] for one in asked["excludeCredentials"]] == [passkey.create(asked)["id"]]


def test_a_name_that_holds_a_card_number_is_refused(client, ada):
    give_password(client, ada.user)
    asked = options(client, CREATE)

    answer = post(client, CREATE, {"name": "4111 1111 1111 1111", "credential": SoftPasskey().create(asked)})

    assert answer.status_code == 422
    assert not Passkey.objects.exists()


def test_one_passkey_is_kept_once(client, ada, sam):
    passkey = enrol(Client(), ada.user)
    give_password(client, sam.user)

    answer = post(client, CREATE, {"credential": passkey.create(options(client, CREATE))})

    assert answer.status_code == 422


def test_without_valkey_nobody_passes(client, ada, monkeypatch):
    passkey = enrol(Client(), ada.user)
    answer = {"credential": passkey.get(options(client, SIGN_IN))}
    lost = redis.Redis(port=1, socket_connect_timeout=0.1)
    monkeypatch.setattr(valkey, "client", lambda *_: lost)
    client.raise_request_exception = False

    assert post(client, SIGN_IN, answer).status_code == 503
