"""A visitor is asked who they are, by who may, for something; and what is written down of it."""

from datetime import timedelta

import pytest

from chat import small_texts
from chat.actions import contacts, proofs
from chat.actions.conversations import resolve_conversation
from chat.actions.form_requests import NotAssignedError
from chat.actions.proofs import NoScopeError, ProofNotFoundError, ProofUnderWayError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.identity.standing import ANONYMOUS, Level
from chat.models import ContactDetails, ProofMethod, ProofState
from compliance.models import AuditEntry
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.proofs.conftest import SCOPE, Vera, again, ask, begun, events, lines, other, standing
from tests.factories.tenants import make_member


def test_whoever_types_the_code_that_was_sent_has_proven_who_they_are_for_half_an_hour(chat, ada, vera, now):
    assert standing(chat, now) == ANONYMOUS
    tried = vera.prove(vera.send())

    assert (tried.outcome, tried.proof.method) == ("proven", ProofMethod.MAIL)
    held = standing(chat, now)
    assert (held.level, held.until) == (Level.PROVEN, now + timedelta(minutes=30))
    assert standing(chat, held.until) == ANONYMOUS
    with tenant_scope(chat.tenant_id):
        assert small_texts.scope_of(tried.proof, ada) == SCOPE
    assert lines(chat, ada) == [
        f"Ada asks the visitor to prove who they are: “{SCOPE}”.",
        f"The visitor has proven who they are, by {ProofMethod.MAIL.label}. It counts until {held.until:%H:%M} UTC.",
    ]


def test_no_code_is_kept_and_none_is_told_to_anyone(chat, ada, vera, acme):
    code = vera.send()
    kept = again(vera.proof)
    wrong = other(code)
    vera.prove(wrong)

    with tenant_scope(acme):
        facts = str(list(AuditEntry.objects.values_list("facts", flat=True)))
    said = "".join(lines(chat, ada)) + facts + str(vars(kept))
    assert len(code) == 8
    assert not any(one in said for one in (code, wrong, code[:4] + " " + code[4:]))
    assert len(bytes(kept.code_hash)) == 32


def test_what_is_said_of_it_stands_in_the_audit_trail_by_steps(vera, acme):
    code = vera.send()
    vera.prove(other(code))
    vera.prove(code)
    vera.do(proofs.end_own_proof)

    assert events(acme) == ["proof.asked", "proof.code_sent", "proof.failed", "proof.given", "proof.ended"]


def test_it_is_asked_for_by_who_holds_the_conversation_and_says_what_for(chat, sam, ada, now):
    with pytest.raises(NotAssignedError):
        ask(chat, sam, now)
    for scope in ("", "  ", "x" * 81):
        with pytest.raises(NoScopeError):
            ask(chat, ada, now, scope)
    with tenant_scope(chat.tenant_id):
        resolve_conversation(conversation_id=chat.id, actor=ada, now=now)
    with pytest.raises(ConversationResolvedError):
        ask(chat, ada, now)


def test_an_auditor_and_mallory_can_t_ask_withdraw_or_end(acme, chat, asked, mallory, now):
    auditor = make_member(acme, "Aud", Role.AUDITOR, now=now)
    with tenant_scope(acme):
        for act in (
            lambda: proofs.request_proof(conversation_id=chat.id, scope=SCOPE, actor=auditor, now=now),
            lambda: proofs.end_proof(conversation_id=chat.id, proof_id=asked.id, actor=auditor, now=now),
        ):
            with pytest.raises(NotPermittedError):
                act()
    with tenant_scope(mallory.tenant), pytest.raises(ProofNotFoundError):
        proofs.end_proof(conversation_id=chat.id, proof_id=asked.id, actor=mallory, now=now)
    with pytest.raises(ConversationNotFoundError):
        ask(chat, mallory, now)
    assert again(asked).state == ProofState.ASKED


def test_what_it_is_for_is_masked_before_it_is_stored_or_told(chat, ada, now):
    proof = ask(chat, ada, now, "May discuss card 4111 1111 1111 1111")

    with tenant_scope(chat.tenant_id):
        assert "4111 1111" not in small_texts.scope_of(proof, ada)
    assert "4111 1111" not in "".join(lines(chat, ada))


def test_one_is_asked_for_at_a_time_and_a_new_proof_takes_the_place_of_the_one_before(chat, ada, proven, now):
    second = ask(chat, ada, now, "May change the order")
    with pytest.raises(ProofUnderWayError):
        ask(chat, ada, now)
    vera = Vera(second, now)
    tried = vera.prove(vera.send())

    assert tried.outcome == "proven"
    assert (again(proven).state, again(proven).why) == (ProofState.ENDED, "again")
    assert standing(chat, now).level == Level.PROVEN


def test_the_first_address_that_a_visitor_gives_is_known(acme, ada, now):
    chat = begun(acme, ada, now, address="")
    vera = Vera(ask(chat, ada, now), now)
    with tenant_scope(acme):
        contacts.give_contact_details(visitor=vera.visitor, given=ContactDetails(email="v@tents.example"), now=now)

    assert vera.send()
