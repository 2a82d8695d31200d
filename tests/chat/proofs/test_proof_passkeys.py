"""A visitor's passkey: made by who has proven themselves, and used the next time in place of a mail."""

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from chat.actions import erasure, proof_passkeys, proofs
from chat.actions.proof_passkeys import CHALLENGE_LASTS, MOST, NoPasskeyError, PasskeysEnoughError
from chat.actions.proofs import NotProvenError, ProofEndedError, ProofNotFoundError
from chat.models import ProofMethod, VisitorPasskey, VisitorSession
from chat.models.proof import COOL_DOWN, TRIES
from compliance.models import AuditEntry
from tenants.actions.passkeys import take_passkey
from tenants.actors import Actor
from tenants.models import AllowedOrigin, Passkey
from tenants.relying_party import BadPasskeyError, creation_options, keep_passkey, request_options
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import Card, Vera, again, ask, begun, events, lines
from tests.factories.tenants import sign_in
from tests.support.passkeys import USER_PRESENT, SoftPasskey

HOST = urlsplit(settings.FORMS_ORIGIN).hostname
SHOP = "https://shop.acme.example"


def device(**facts):
    return SoftPasskey(**{"origin": settings.FORMS_ORIGIN, **facts})


def make(vera, key, now=None):
    """Make a passkey on a device; return whether it was kept."""
    _, options = vera.do(proof_passkeys.begin_passkey, now)
    with tenant_scope(vera.proof.tenant_id):
        return proof_passkeys.keep_passkey(**vera.who, answer=key.create(options), now=now or vera.now)


def sign(vera, key, now=None, **changed):
    """What a device answers to what it is asked; `changed` in what it was told."""
    _, options = vera.do(proof_passkeys.ask_passkey, now)
    return key.get({**options, **changed})


def tried(vera, answer, now=None):
    with tenant_scope(vera.proof.tenant_id):
        return proof_passkeys.try_passkey(**vera.who, answer=answer, now=now or vera.now)


@pytest.fixture
def key(vera, proven):
    """Vera's device, on which she has made one."""
    made = device()
    assert make(vera, made)
    return made


@pytest.fixture
def second(key, vera, chat, ada, now):
    """And she is asked again."""
    vera.do(proofs.end_own_proof)
    return Vera(ask(chat, ada, now), now)


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


def test_only_who_has_proven_who_they_are_makes_one_and_five_at_most(vera, chat, acme):
    with pytest.raises(NotProvenError):
        vera.do(proof_passkeys.begin_passkey)
    with pytest.raises(NoPasskeyError):
        vera.do(proof_passkeys.ask_passkey)
    with pytest.raises(NoPasskeyError):
        tried(vera, {})
    vera.prove(vera.send())
    with pytest.raises(NoPasskeyError):
        vera.do(proof_passkeys.give_up_passkeys)
    one = device()
    assert make(vera, one)
    # The same one again, which no honest browser does.
    assert not make(vera, one)
    for _ in range(MOST - 1):
        assert make(vera, device())
    with pytest.raises(PasskeysEnoughError):
        vera.do(proof_passkeys.begin_passkey)


def test_given_up_they_are_nothing_any_more(key, vera, chat, ada, acme, now):
    vera.do(proof_passkeys.give_up_passkeys)
    assert "proof.passkey_removed" in events(acme)
    vera.do(proofs.end_own_proof)
    second = Vera(ask(chat, ada, now), now)

    with pytest.raises(NoPasskeyError):
        second.do(proof_passkeys.ask_passkey)


def test_who_is_erased_has_none(key, chat, acme, now):
    with tenant_scope(acme):
        erasure.erase_contact(contact_id=chat.contact_id, actor=Actor.system(), now=now)
        assert not VisitorPasskey.objects.exists()


def test_another_visitor_s_passkey_is_nothing_here(key, second, acme, ada, now):
    """Of this organisation, who even knows what was asked."""
    conversation = begun(acme, ada, now)
    marie = Vera(ask(conversation, ada, now), now)
    marie.prove(marie.send())
    theirs = device()
    assert make(marie, theirs)
    theirs.handle = second.proof.contact_id.bytes

    assert tried(second, sign(second, theirs)).outcome == "wrong"
    with pytest.raises(ProofNotFoundError):
        tried(Vera(second.proof, now, marie.session_id), {})


def test_another_organisation_s_visitor_has_nothing_by_it(key, globex, mallory, now):
    stranger = Vera(ask(begun(globex, mallory, now), mallory, now), now)
    with pytest.raises(NoPasskeyError):
        stranger.do(proof_passkeys.ask_passkey)
    stranger.prove(stranger.send())
    with tenant_scope(globex):
        assert proof_passkeys.count_passkeys(UUID(bytes=key.handle)) == 0


def test_a_visitor_s_passkey_signs_no_member_in_and_a_member_s_proves_no_visitor(key, second, ada, now):
    person = ada.user
    options, challenge = request_options(None)
    key.origin, key.rp_id, key.handle = settings.SITE_ORIGIN, settings.OTP_WEBAUTHN_RP_ID, person.id.bytes
    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=key.get(options), now=now)

    desk = SoftPasskey(origin=settings.SITE_ORIGIN)
    options, challenge = creation_options(person)
    kept = keep_passkey(person, challenge, desk.create(options), "Desk")
    # Even as one of the visitor's own, it signs for another host and origin.
    with tenant_scope(second.proof.tenant_id):
        VisitorPasskey.objects.create(
            tenant_id=second.proof.tenant_id, contact_id=second.proof.contact_id, made_at=now,
            credential_id=bytes(kept.credential_id), public_key=bytes(kept.public_key),
        )  # fmt: skip
    desk.handle = b""
    assert tried(second, sign(second, desk)).outcome == "wrong"
    # And a visitor's put among the members' is refused there.
    visitors = device(handle=person.id.bytes, rp_id=HOST)
    options, challenge = creation_options(person)
    member = SoftPasskey(origin=settings.SITE_ORIGIN, id=visitors.id, key=visitors.key)
    keep_passkey(person, challenge, member.create(options), "Copied")
    options, challenge = request_options(None)
    assert Passkey.objects.filter(user=person).count() == 2
    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=visitors.get(options), now=now)


def test_a_member_s_passkey_signs_nothing_in_a_frame_of_another_page(ada, now):
    desk = SoftPasskey(origin=settings.SITE_ORIGIN)
    options, challenge = creation_options(ada.user)
    keep_passkey(ada.user, challenge, desk.create(options), "Desk")
    options, challenge = request_options(None)
    desk.framed_by = settings.FORMS_ORIGIN

    with pytest.raises(BadPasskeyError):
        take_passkey(person=None, challenge=challenge, answer=desk.get(options), now=now)


def test_on_the_card_it_is_made_used_and_given_up(asked, chat, ada, now, acme):
    card, key = Card(asked), device()
    card.step("prove", {"code": card.mailed()})
    assert (
        card.step("passkey/keep", {"credential": key.create(card.step("passkey/begin").json())}).json()["passkeys"] == 1
    )
    card.step("end")
    second = Card(ask(chat, ada, now))
    assert second.step("open").json()["passkeys"] == 1
    options = second.step("passkey/ask").json()
    wrong = second.step("passkey/prove", {"credential": {"id": "x"}})
    assert (wrong.status_code, wrong.json()["error"]) == (409, "wrong")
    assert second.step("passkey/prove", {"credential": key.get(options)}).json()["error"] == "late"
    answer = key.get(second.step("passkey/ask").json())
    assert second.step("passkey/prove", {"credential": answer}).json()["state"] == "proven"
    assert second.step("passkey/give-up").json()["passkeys"] == 0
    assert second.step("passkey/give-up").json() == {"error": "no_passkey"}
    with tenant_scope(acme):
        facts = str(list(AuditEntry.objects.filter(event__startswith="proof.").values_list("facts", flat=True)))
    assert options["challenge"] not in facts


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"credential": 5}', '{"credential": [', "[" * 200, "x" * 20_000])
def test_what_the_card_does_not_send_is_refused(asked, body):
    assert Card(asked).step("passkey/prove", body).status_code == 400


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


def test_no_member_gets_anything_of_it(key, second, ada, mallory):
    for member in (ada, mallory):
        signed = sign_in(Client(), member.user)
        page = signed.get(f"/o/{member.tenant.slug}/conversations/{second.proof.conversation_id}/").content
        assert key.id not in page
        assert urlsafe_b64encode(key.id).rstrip(b"=") not in page
