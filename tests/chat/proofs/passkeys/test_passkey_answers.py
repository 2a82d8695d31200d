"""A visitor's passkey proves who they are: for this browser, this request, at the host of forms, once."""

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connections

from chat.actions import proof_passkeys, proofs
from chat.actions.proof_passkeys import CHALLENGE_LASTS
from chat.actions.proofs import ProofEndedError
from chat.models import ProofMethod, VisitorPasskey, VisitorSession
from chat.models.proof import COOL_DOWN, TRIES
from tenants.models import AllowedOrigin
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Card, Vera, again, ask, begun, events, lines
from tests.chat.proofs.passkeys.conftest import HOST, device, make, sign, tried
from tests.support.passkeys import USER_PRESENT

SHOP = "https://shop.acme.example"


def test_the_next_time_it_is_enough_and_the_conversation_says_by_what(key, second, chat, ada, acme):
    found = tried(second, sign(second, key))

    assert (found.outcome, found.proof.method) == ("proven", ProofMethod.PASSKEY)
    assert "The visitor has proven who they are, by a passkey." in " ".join(lines(chat, ada))
    assert "proof.passkey_enrolled" in events(acme)
    row = again(second.proof)
    assert (row.challenge, row.challenge_session_id) == (None, None)


def test_a_browser_is_told_of_the_host_of_forms_alone_and_to_verify_the_person(key, second, chat):
    _, wanted = second.do(proof_passkeys.ask_passkey)
    assert (wanted["rpId"], wanted["userVerification"]) == (HOST, "required")
    assert [each["id"] for each in wanted["allowCredentials"]] == [urlsafe_b64encode(key.id).decode().rstrip("=")]
    tried(second, key.get(wanted))
    _, made = second.do(proof_passkeys.begin_passkey)

    assert (made["rp"], made["user"]["name"]) == ({"name": "Acme", "id": HOST}, "Chat with Acme")
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["attestation"] == "none"
    assert HOST != settings.OTP_WEBAUTHN_RP_ID


@pytest.mark.parametrize("changed", [
    {"origin": settings.SITE_ORIGIN}, {"origin": SHOP}, {"rp_id": settings.OTP_WEBAUTHN_RP_ID},
    {"flags": USER_PRESENT}, {"flags": 0}, {"handle": uuid4().bytes}, {"framed_by": "https://evil.example"},
])  # fmt: skip
def test_what_is_signed_elsewhere_or_by_nobody_verified_is_wrong_and_counts(key, second, changed, acme):
    for name, value in changed.items():
        setattr(key, name, value)

    found = tried(second, sign(second, key))

    assert (found.outcome, found.left) == ("wrong", TRIES - 1)
    assert events(acme).count("proof.failed") == 1


@pytest.mark.parametrize("framed_by", ["", "?", SHOP, settings.SITE_ORIGIN])
def test_a_frame_on_the_organisation_s_own_site_is_as_good_as_none(key, second, acme, now, framed_by):
    with tenant_scope(acme):
        AllowedOrigin.objects.create(tenant=acme, origin=SHOP, created_at=now)
    key.framed_by = framed_by

    assert tried(second, sign(second, key)).outcome == "proven"


@pytest.mark.parametrize("changed", [
    {"origin": settings.SITE_ORIGIN}, {"flags": USER_PRESENT}, {"framed_by": "https://evil.example"},
])  # fmt: skip
def test_none_is_kept_that_was_made_elsewhere_or_by_nobody_verified(vera, proven, acme, changed):
    assert not make(vera, device(**changed))

    with tenant_scope(acme):
        assert not VisitorPasskey.objects.exists()


def test_a_challenge_is_good_for_one_answer_whatever_that_was(key, second):
    _, options = second.do(proof_passkeys.ask_passkey)
    assert tried(second, {}).outcome == "wrong"

    assert tried(second, key.get(options)).outcome == "late"
    assert tried(second, sign(second, key)).outcome == "proven"
    with pytest.raises(ProofEndedError):
        tried(second, key.get(options))


def test_a_challenge_is_for_this_browser_this_request_this_act_and_two_minutes(key, second, chat, ada, now):
    _, options = second.do(proof_passkeys.ask_passkey)
    late = now + CHALLENGE_LASTS
    assert tried(second, key.get(options), late).outcome == "late"

    with tenant_scope(chat.tenant_id):
        session = VisitorSession.objects.get(id=second.session_id)
        session.pk, session.token_hash = uuid4(), uuid4().bytes * 2
        session.save(force_insert=True)
    other_browser = Vera(second.proof, now, session.id)
    _, options = second.do(proof_passkeys.ask_passkey)
    assert tried(other_browser, key.get(options)).outcome == "late"

    _, options = second.do(proof_passkeys.ask_passkey)
    second.do(proofs.decline_proof)
    third = Vera(ask(chat, ada, now), now, second.session_id)
    third.do(proof_passkeys.ask_passkey)
    assert tried(third, key.get(options)).outcome == "wrong"
    # What is made is no answer to who is asked.
    _, options = third.do(proof_passkeys.ask_passkey)
    made = device().create({"user": {"id": ""}, "rp": {"id": HOST}, "challenge": options["challenge"]})
    assert tried(third, made).outcome == "wrong"


def test_a_passkey_that_counts_back_is_refused_and_that_is_recorded(key, second, acme, chat, ada, now):
    assert tried(second, sign(second, key)).outcome == "proven"
    second.do(proofs.end_own_proof)
    third = Vera(ask(chat, ada, now), now)
    key.count = 0

    found = tried(third, sign(third, key))

    assert (found.outcome, found.left) == ("copied", TRIES - 1)
    assert {"proof.passkey_refused", "proof.failed"} <= set(events(acme))
    assert tried(third, sign(third, key)).outcome == "proven"


def test_a_passkey_that_never_counts_is_none_that_counts_back(vera, proven, chat, ada, now):
    key = device(counts=False)
    assert make(vera, key)
    for _ in range(2):
        vera.do(proofs.end_own_proof)
        vera = Vera(ask(chat, ada, now), now)
        assert tried(vera, sign(vera, key)).outcome == "proven"


def test_after_five_wrong_answers_none_is_asked_for_or_looked_at(key, second, now):
    strange = device(handle=b"", rp_id=HOST)
    for _ in range(TRIES):
        found = tried(second, sign(second, strange))
    assert found.outcome == "locked"

    with pytest.raises(proof_passkeys.CoolingDownError):
        second.do(proof_passkeys.ask_passkey)
    assert tried(second, {}).outcome == "locked"
    later = now + COOL_DOWN
    assert tried(second, sign(second, key, later), later).outcome == "proven"


@pytest.mark.parametrize("answer", [
    {"id": 5}, {"id": "a", "rawId": "b", "type": "public-key", "response": {}},
    {"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "e30", "authenticatorData": "YQ",
     "signature": "YQ", "userHandle": "YQ"}},
    {"id": "YQ", "rawId": "YQ", "type": "public-key", "response": "x"},
])  # fmt: skip
def test_what_is_no_answer_is_wrong_and_no_fault(key, second, answer):
    second.do(proof_passkeys.ask_passkey)

    assert tried(second, answer).outcome == "wrong"


@pytest.mark.parametrize("told", [[], {"a": 1}, 5, "", True])
def test_what_a_browser_says_of_the_page_around_is_not_believed_whatever_it_is(key, second, told):
    key.framed_by = told or "https://nowhere.example"

    assert tried(second, sign(second, key)).outcome == "wrong"


@pytest.mark.django_db(transaction=True)
def test_of_one_answer_sent_many_times_at_once_one_proves_it(acme, ada, now):
    card, key = Card(ask(begun(acme, ada, now), ada, now)), device()
    card.step("prove", {"code": card.mailed()})
    card.step("passkey/keep", {"credential": key.create(card.step("passkey/begin").json())})
    card.step("end")
    with tenant_scope(acme):
        conversation = VisitorPasskey.objects.get().contact.conversations.get()
    second = Card(ask(conversation, ada, now))
    answer = key.get(second.step("passkey/ask").json())

    def send(_):
        try:
            return second.step("passkey/prove", {"credential": answer}).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(send, range(4)))

    assert found == [200, 409, 409, 409]
    assert events(acme).count("proof.given") == 2
