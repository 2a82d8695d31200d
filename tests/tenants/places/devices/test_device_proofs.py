"""A browser proves that it holds its key: by a signature of a challenge, once, in time, in its session."""

import pytest
import redis
from django.test import Client

from helpdesk.core import clock
from helpdesk.core.signatures import is_signed
from tenants.devices import challenge
from tenants.devices.challenge import BadChallengeError
from tenants.models import StaffSession
from tests.support.devices import CHALLENGE, PROOF, BrowserKey, text

pytestmark = pytest.mark.django_db


def test_a_signature_holds_for_its_message_and_key_alone(key):
    signature = key.sign(b"message")

    assert is_signed(b"message", signature=signature, point=key.point)
    assert not is_signed(b"another", signature=signature, point=key.point)
    assert not is_signed(b"message", signature=signature, point=BrowserKey().point)
    for point, wrong in (
        (b"\x04" + b"\x01" * 64, signature), (b"", signature), (key.point, b"\0" * 64), (key.point, signature[:63]),
        (key.point[:33], signature), (b"\0" * 65, signature),
    ):  # fmt: skip
        assert not is_signed(b"message", signature=wrong, point=point)


def test_a_challenge_is_answered_once_in_time_and_by_its_own_session():
    now = clock.now().timestamp()
    given = challenge.issue(b"s" * 32, now=now)

    for session_hash, at in ((b"t" * 32, now), (b"s" * 32, now + 60), (b"s" * 32, now - 2)):
        with pytest.raises(BadChallengeError):
            challenge.spend(given, session_hash, now=at)
    assert challenge.spend(given, b"s" * 32, now=now) == challenge.PREFIX + given.encode()
    with pytest.raises(BadChallengeError):
        challenge.spend(given, b"s" * 32, now=now)


@pytest.mark.parametrize("forged", ["", "A" * 76, "é", "=" * 76, text(b"x" * 56), text(b"x" * 55)])
def test_a_challenge_that_we_did_not_make_is_none(forged):
    with pytest.raises(BadChallengeError):
        challenge.spend(forged, b"s" * 32, now=clock.now().timestamp())


def test_a_replayed_proof_and_one_of_another_session_are_refused(sign_in, ada, key):
    client, other = sign_in(Client(), ada), sign_in(Client(), ada)
    given = key.answer(client.post(CHALLENGE).json()["challenge"])

    assert other.post(PROOF, given).status_code == 422
    assert client.post(PROOF, given).status_code == 204
    assert client.post(PROOF, given).status_code == 422
    assert client.post(PROOF, {"key": "%%", "signature": "x"}).status_code == 422
    assert Client().post(CHALLENGE).status_code == 302


def test_a_session_stays_bound_to_the_first_key_it_has_shown(sign_in, ada, key):
    client = sign_in(Client(), ada)
    key.prove(client)

    assert BrowserKey().prove(client).status_code == 409
    assert key.prove(client).status_code == 204


def test_without_valkey_no_proof_is_taken(sign_in, ada, key, monkeypatch):
    client = sign_in(Client(), ada)
    given = key.answer(client.post(CHALLENGE).json()["challenge"])

    def away():
        raise redis.ConnectionError

    monkeypatch.setattr(challenge.valkey, "client", away)
    client.raise_request_exception = False

    assert client.post(PROOF, given).status_code >= 500
    assert StaffSession.objects.get().proved_at is None
