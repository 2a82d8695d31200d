"""Passkeys: made, given as the second step or as the whole of signing in, refused when anything about them is off."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import totp

from compliance.models import AuditEntry
from helpdesk.core import valkey
from tenants.actions.factors import factor_of
from tenants.actions.passkeys import CopiedPasskeyError, take_passkey
from tenants.models import Passkey, User
from tenants.relying_party import BadPasskeyError, request_options
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_factor
from tests.support.passkeys import USER_PRESENT, SoftPasskey
from tests.support.signing_in import give_password

pytestmark = pytest.mark.django_db
CREATE, SIGN_IN, CONFIRM = "/account/security/passkey/", "/sign-in/passkey/", "/account/security/passkey/confirm/"


def post(client, url, body=None):
    return client.post(url, json.dumps(body or {}), content_type="application/json")


def options(client, url):
    return post(client, f"{url}options/").json()


def enrol(client, user, passkey=None):
    """Sign in for the first time, by a new passkey."""
    passkey = passkey or SoftPasskey()
    give_password(client, user)
    answer = post(client, CREATE, {"credential": passkey.create(options(client, CREATE))})
    assert answer.status_code == 200, answer.text
    return passkey


def give(client, url, passkey, **changed):
    return post(client, url, {"credential": passkey.get(options(client, url) | changed)})


def events(tenant):
    with tenant_scope(tenant):
        return list(AuditEntry.objects.order_by("id").values_list("event", flat=True))


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


def changed(**how):
    def change(passkey):
        for name, value in how.items():
            setattr(passkey, name, value)

    return change


WRONG = {
    "of another site": changed(origin="http://app.localhost.evil.example"),
    "of another port": changed(origin="http://app.localhost:8001"),
    "for another site": changed(rp_id="evil.localhost"),
    "without verifying the person": changed(flags=USER_PRESENT),
    "signed by another key": lambda passkey: setattr(passkey, "key", SoftPasskey().key),
    "that nobody knows": changed(id=b"x" * 32),
    "of somebody else's name": changed(handle=b"y" * 16),
    "of nobody's name": changed(handle=b""),
}


@pytest.mark.parametrize("what", WRONG)
def test_an_answer_that_is_not_quite_right_is_refused(client, ada, what):
    passkey = enrol(Client(), ada.user)
    WRONG[what](passkey)

    answer = give(client, SIGN_IN, passkey)

    assert answer.status_code == 422
    assert "was not accepted" in answer.json()["detail"]
    assert client.get("/o/acme/inbox/").status_code == 302


def test_an_answer_to_another_challenge_is_refused(client, ada):
    passkey = enrol(Client(), ada.user)

    assert give(client, SIGN_IN, passkey, challenge="AAAA").status_code == 422


EMPTY = (
    b'{"credential": {"id": "a", "rawId": "a", "type": "public-key", "response": {"clientDataJSON": "e30",'
    b' "authenticatorData": "AA", "signature": "AA"}}}'
)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{", b'{"credential": 1}', b'{"credential": {"id": 5}}', b"[" * 50_000, EMPTY,
    ],
)  # fmt: skip
def test_what_is_no_answer_at_all_is_refused(client, ada, body):
    enrol(Client(), ada.user)
    options(client, SIGN_IN)

    assert client.post(SIGN_IN, body, content_type="application/json").status_code == 422


def test_every_cut_off_answer_is_refused(client, ada, now):
    passkey = enrol(Client(), ada.user)
    asked, challenge = request_options(None)
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        whole = passkey.get(asked)
        for length in (0, 1, 3, len(whole["response"][part]) // 2):
            cut = whole | {"response": whole["response"] | {part: whole["response"][part][:length]}}
            with pytest.raises(BadPasskeyError):
                take_passkey(person=None, challenge=challenge, answer=cut, now=now)


def test_an_answer_is_accepted_once(client, ada):
    passkey = enrol(Client(), ada.user)
    answer = {"credential": passkey.get(options(client, SIGN_IN))}
    kept = dict(client.session)

    assert post(client, SIGN_IN, answer).status_code == 200
    assert post(client, SIGN_IN, answer).status_code == 409
    # As if this session had been read before, and were written after: the challenge is back in it.
    other = Client()
    options(other, SIGN_IN)
    session = other.session
    session["challenge_sign-in"] = kept["challenge_sign-in"]
    session.save()
    assert post(other, SIGN_IN, answer).status_code == 409


def test_a_challenge_is_good_for_five_minutes_and_for_what_it_was_given_for(client, ada, sign_in):
    passkey = enrol(Client(), ada.user)
    with time_machine.travel("2026-11-24T10:00:00Z", tick=False) as travel:
        answer = {"credential": passkey.get(options(client, SIGN_IN))}
        travel.shift(301)
        assert post(client, SIGN_IN, answer).status_code == 409
        sign_in(client, ada)
        answer = {"credential": passkey.get(options(client, SIGN_IN))}
        assert post(client, CONFIRM, answer).status_code == 409


def test_a_copy_is_refused_and_its_owner_is_told(client, ada, acme):
    passkey = enrol(Client(), ada.user)
    assert give(client, SIGN_IN, passkey).status_code == 200
    passkey.count -= 1

    answer = give(Client(), SIGN_IN, passkey)

    assert answer.status_code == 422
    assert "looks like a copy" in answer.json()["detail"]
    assert "member.passkey_refused" in events(acme)
    assert Passkey.objects.get().sign_count == 1


def test_nobody_else_can_make_a_passkey_look_copied(client, ada, acme):
    passkey = enrol(Client(), ada.user)
    give(client, SIGN_IN, passkey)
    passkey.count, passkey.key = -1 + passkey.count, SoftPasskey().key

    assert "was not accepted" in give(Client(), SIGN_IN, passkey).json()["detail"]
    assert "member.passkey_refused" not in events(acme)


def test_a_passkey_that_does_not_count_works_again_and_again(ada):
    passkey = enrol(Client(), ada.user, SoftPasskey(counts=False))

    assert [give(Client(), SIGN_IN, passkey).status_code for _ in range(2)] == [200, 200]


def test_the_highest_count_there_is_fits(client, ada):
    passkey = enrol(Client(), ada.user)
    passkey.count = 2**32 - 2

    assert give(client, SIGN_IN, passkey).status_code == 200


@pytest.mark.parametrize("change", [{"is_active": False}, {"email_confirmed_at": None}])
def test_a_closed_account_is_not_opened_by_its_passkey(client, ada, change):
    passkey = enrol(Client(), ada.user)
    User.objects.filter(id=ada.user_id).update(**change)

    assert give(client, SIGN_IN, passkey).status_code == 422


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


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_with_one_count_at_the_same_moment_one_is_a_copy(ada, now):
    passkey = enrol(Client(), ada.user)
    (first, one), (second, two) = request_options(None), request_options(None)
    answers = [(one, passkey.get(first))]
    passkey.count -= 1
    answers.append((two, passkey.get(second)))

    def take(given):
        try:
            return take_passkey(person=None, challenge=given[0], answer=given[1], now=now) is not None
        except CopiedPasskeyError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, answers)) == [False, True]
    assert len(mail.outbox) == 1
    assert "counted backwards" in mail.outbox[0].body
