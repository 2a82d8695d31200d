"""Codes that prove who a visitor is: good once, for a while, in one browser, and not to be guessed."""

from datetime import timedelta

import pytest

from chat.actions import contacts, proof_codes, proof_endings, proofs
from chat.actions.proof_codes import CoolingDownError, NoAddressError
from chat.actions.proofs import AddressUnsureError, ProofEndedError, ProofNotFoundError
from chat.identity.standing import ANONYMOUS
from chat.models import Contact, ContactDetails, VisitorSession
from chat.models.proof import COOL_DOWN, TRIES
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import SCOPE, Vera, again, ask, begun, events, factor_of, lines, other, standing
from tests.factories.stored import give_details


def test_of_five_wrong_codes_the_last_locks_also_for_the_right_one_and_for_another_request(chat, ada, vera, now):
    code = vera.send()
    found = [vera.prove(other(code)).outcome for _ in range(TRIES)]

    assert found == ["wrong"] * (TRIES - 1) + ["locked"]
    assert vera.prove(code).outcome == "locked"
    with pytest.raises(CoolingDownError):
        vera.send()
    vera.do(proofs.decline_proof)
    second = Vera(ask(chat, ada, now), now)
    with pytest.raises(CoolingDownError) as cooling:
        second.send()
    assert cooling.value.until == now + COOL_DOWN
    later = now + COOL_DOWN
    assert second.prove(second.send(later), later).outcome == "proven"
    assert factor_of(second.proof).tries == 0
    assert "5 tries to prove who the visitor is were wrong." in " ".join(lines(chat, ada))


def test_a_lock_is_told_once_and_is_not_made_longer_by_trying(vera, acme, now):
    code = vera.send()
    for _ in range(TRIES):
        vera.prove(other(code))
    until = vera.prove(other(code), now + timedelta(minutes=3)).until

    assert until == now + COOL_DOWN
    assert events(acme).count("proof.locked") == 1


def test_a_code_is_good_once_for_ten_minutes_and_only_the_last_one_that_was_sent(vera, now):
    first = vera.send()
    second = vera.send()
    assert vera.prove(first).outcome == ("wrong" if first != second else "proven")
    assert vera.prove(second, now + timedelta(minutes=10)).outcome == "late"
    third = vera.send()
    assert vera.prove(third).outcome == "proven"
    with pytest.raises(ProofEndedError):
        vera.prove(third)


def test_nothing_to_guess_at_is_no_guess(vera):
    for _ in range(TRIES + 1):
        assert vera.prove("00000000").outcome == "late"


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "abcdefgh", "١٢٣٤٥٦٧٨", "1234 567"])
def test_what_is_no_code_is_a_wrong_one(vera, typed):
    vera.send()

    assert vera.prove(typed).outcome == "wrong"


def test_a_code_may_be_typed_in_two_groups(vera):
    code = vera.send()

    assert vera.prove(f" {code[:4]} {code[4:]} ").outcome == "proven"


def test_a_code_of_another_conversation_or_organisation_is_none(chat, vera, ada, globex, mallory, now):
    theirs = Vera(ask(begun(globex, mallory, now), mallory, now), now)
    second = Vera(ask(begun(chat.tenant, ada, now), ada, now), now)
    codes = {theirs.send(), second.send()} - {vera.send()}

    assert [vera.prove(code).outcome for code in codes] == ["wrong"] * len(codes)
    with tenant_scope(chat.tenant_id), pytest.raises(ProofNotFoundError):
        proof_codes.try_code(**(vera.who | {"proof_id": theirs.proof.id}), code="00000000", now=now)
    with tenant_scope(chat.tenant_id), pytest.raises(ProofNotFoundError):
        proof_codes.try_code(**(vera.who | {"proof_id": second.proof.id}), code="00000000", now=now)


def test_a_code_is_good_in_the_browser_that_asked_for_it(chat, vera, now):
    code = vera.send()
    with tenant_scope(chat.tenant_id):
        phone = VisitorSession.objects.create(
            tenant_id=chat.tenant_id, contact_id=chat.contact_id, token_hash=b"p" * 32, created_at=now, seen_at=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip

    assert Vera(vera.proof, now, phone.id).prove(code).outcome == "late"
    with pytest.raises(ProofNotFoundError):
        Vera(vera.proof, now, vera.proof.id).prove(code)


def test_what_one_browser_has_proven_is_not_another_s_and_is_over_when_that_is_gone(chat, vera, proven, now):
    with tenant_scope(chat.tenant_id):
        phone = VisitorSession.objects.create(
            tenant_id=chat.tenant_id, contact_id=chat.contact_id, token_hash=b"p" * 32, created_at=now, seen_at=now,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip
    with pytest.raises(ProofNotFoundError):
        Vera(proven, now, phone.id).do(proofs.end_own_proof)
    with tenant_scope(chat.tenant_id):
        VisitorSession.objects.filter(id=vera.session_id).update(expires_at=now)
    assert standing(chat, now) == ANONYMOUS
    with tenant_scope(chat.tenant_id):
        assert proof_endings.look_after(now=now) == 1
    assert again(proven).why == "changed"


def test_without_an_address_nothing_is_sent(acme, ada, now):
    vera = Vera(ask(begun(acme, ada, now, address=""), ada, now), now)

    with pytest.raises(NoAddressError):
        vera.send()


def test_an_address_that_changes_between_asking_and_proving_makes_the_code_none(chat, ada, vera, now):
    code = vera.send()
    give_details(chat, ContactDetails(email="other@tents.example"), ada, at=now)

    assert vera.prove(code).outcome == "late"
    assert vera.prove(vera.send()).outcome == "proven"


def test_no_code_goes_where_the_visitor_themselves_has_put_another_address_before_somebody_has_looked(
    acme, chat, ada, vera, now
):
    """Whoever sits down at Vera's browser could begin a conversation and give an address of their own."""
    visitor = vera.visitor
    with tenant_scope(acme):
        VisitorSession.objects.filter(id=visitor.session_id).update(notice_hash=None)
        contacts.give_contact_details(
            visitor=visitor, given=ContactDetails(email="intruder@elsewhere.example"), now=now
        )
    with pytest.raises(NoAddressError):
        vera.send()
    vera.do(proofs.decline_proof)
    with pytest.raises(AddressUnsureError):
        ask(chat, ada, now)
    with tenant_scope(acme):
        checked = proofs.request_proof(conversation_id=chat.id, scope=SCOPE, address_checked=True, actor=ada, now=now)
        assert Contact.objects.get(id=chat.contact_id).email_replaced_at is None
    assert Vera(checked, now).send()
    assert events(acme, "contact.address") == ["contact.address_checked"]
