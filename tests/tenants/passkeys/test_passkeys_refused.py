"""A passkey's answer that is not quite right, late, repeated or copied is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client

from tenants.actions.passkeys import CopiedPasskeyError, take_passkey
from tenants.models import Passkey, User
from tenants.relying_party import BadPasskeyError, request_options
from tests.support.entries import events
from tests.support.passkeys import USER_PRESENT, SoftPasskey
from tests.tenants.passkeys.conftest import CONFIRM, SIGN_IN, changed, enrol, give, options, post

pytestmark = pytest.mark.django_db
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
