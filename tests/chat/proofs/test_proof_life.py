"""From asking a visitor who they are to the end of what they have proven."""

from datetime import timedelta

import pytest
from django.test import Client

from chat import small_texts
from chat.actions import contacts, proof_codes, proof_endings, proofs
from chat.actions.assignment import assign_conversation
from chat.actions.conversations import end_conversation, resolve_conversation
from chat.actions.form_requests import NotAssignedError, UnprovenVisitorError
from chat.actions.proof_codes import CoolingDownError, NoAddressError
from chat.actions.proofs import (
    AddressUnsureError,
    NoScopeError,
    ProofEndedError,
    ProofNotFoundError,
    ProofUnderWayError,
)
from chat.actions.visitors import block_visitor
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.identity.standing import ANONYMOUS, Level, standing_of
from chat.models import (
    Contact,
    ContactDetails,
    Conversation,
    FormRequest,
    FormState,
    ProofMethod,
    ProofState,
    VisitorSession,
)
from chat.models.proof import COOL_DOWN, TRIES
from chat.secure_forms.kinds import SHIPPED
from chat.tasks import look_after_forms
from compliance.models import AuditEntry
from tenants.actions import members
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import Desk
from tests.chat.proofs.conftest import SCOPE, Vera, again, ask, begun, events, factor_of, lines, other
from tests.factories.stored import give_details
from tests.factories.tenants import make_member, sign_in


def standing(conversation, now):
    with tenant_scope(conversation.tenant_id):
        return standing_of(Conversation.objects.get(id=conversation.id), now)


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


def test_what_was_proven_by_an_address_is_over_when_that_changes(chat, ada, proven, now):
    give_details(chat, ContactDetails(email="other@tents.example"), ada, at=now)

    assert (again(proven).state, again(proven).why) == (ProofState.ENDED, "address")
    assert standing(chat, now) == ANONYMOUS


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


def test_the_first_address_that_a_visitor_gives_is_known(acme, ada, now):
    chat = begun(acme, ada, now, address="")
    vera = Vera(ask(chat, ada, now), now)
    with tenant_scope(acme):
        contacts.give_contact_details(visitor=vera.visitor, given=ContactDetails(email="v@tents.example"), now=now)

    assert vera.send()


@pytest.mark.parametrize("end", ["resolved by Ada", "ended by Vera", "blocked"])
def test_it_is_over_with_the_chat(end, chat, ada, sam, vera, proven, now):
    second = ask(chat, ada, now)
    with tenant_scope(chat.tenant_id):
        if end == "resolved by Ada":
            resolve_conversation(conversation_id=chat.id, actor=ada, now=now)
        elif end == "blocked":
            block_visitor(conversation_id=chat.id, actor=ada, now=now)
    if end == "ended by Vera":
        end_conversation(visitor=vera.visitor, conversation_id=chat.id, now=now)

    assert (again(proven).state, again(second).state) == (ProofState.ENDED, ProofState.CANCELLED)
    assert standing(chat, now) == ANONYMOUS


def test_either_side_ends_it(chat, ada, vera, proven, now):
    with tenant_scope(chat.tenant_id):
        proofs.end_proof(conversation_id=chat.id, proof_id=proven.id, actor=ada, now=now)
    assert (again(proven).why, standing(chat, now)) == ("member", ANONYMOUS)
    second = Vera(ask(chat, ada, now), now)
    second.prove(second.send())
    second.do(proofs.put_away)
    assert standing(chat, now).level == Level.PROVEN
    second.do(proofs.end_own_proof)
    assert (again(second.proof).why, standing(chat, now)) == ("visitor", ANONYMOUS)


def test_a_transfer_leaves_what_was_proven(chat, sam, proven, now):
    with tenant_scope(chat.tenant_id):
        assign_conversation(conversation_id=chat.id, assignee_id=sam.id, actor=sam, now=now)

    assert standing(chat, now).level == Level.PROVEN


def test_what_runs_out_is_ended_by_the_job(chat, vera, now, monkeypatch):
    late = vera.proof.expires_at
    monkeypatch.setattr("helpdesk.core.clock.now", lambda: late)
    look_after_forms.for_tenant(chat.tenant_id).run_here()

    assert again(vera.proof).state == ProofState.EXPIRED
    with pytest.raises(ProofEndedError):
        vera.send(late)


def test_what_an_agent_asked_who_is_gone_is_withdrawn(acme, chat, olive, ada, asked, now):
    with tenant_scope(acme):
        members.set_member_active(membership_id=ada.id, is_active=False, actor=olive, now=now)

    assert (again(asked).state, again(asked).why) == (ProofState.CANCELLED, "asker")


def test_in_hipaa_mode_insurance_is_asked_of_who_has_proven_who_they_are_and_is_withdrawn_when_that_is_over(
    acme, ada, chat, now
):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    ada.tenant.refresh_from_db()
    desk = Desk(ada, sign_in(Client(), ada.user, fresh=False), now)
    desk.prepare()
    with pytest.raises(UnprovenVisitorError):
        desk.ask(chat, SHIPPED["insurance"])
    vera = Vera(ask(chat, ada, now), now)
    vera.prove(vera.send())
    assert standing(chat, now).until == now + timedelta(minutes=15)

    form = desk.ask(chat, SHIPPED["insurance"])
    vera.do(proofs.end_own_proof)

    with tenant_scope(acme):
        ended = FormRequest.objects.get(id=form.id)
    assert (ended.state, ended.why) == (FormState.CANCELLED, "unproven")
    with pytest.raises(UnprovenVisitorError):
        desk.ask(chat, SHIPPED["insurance"])


def test_who_proves_at_their_own_wish_is_shown_what_is_under_way(chat, ada, vera, asked, now):
    with tenant_scope(chat.tenant_id):
        shown = proofs.offer_proof(visitor=vera.visitor, conversation_id=chat.id, now=now)
        assert shown.id == asked.id
        proof_endings.end(again(asked), ProofState.DECLINED, actor=Actor.visitor(vera.session_id), now=now)
        own = proofs.offer_proof(visitor=vera.visitor, conversation_id=chat.id, now=now)
        assert (own.asked_by, small_texts.scope_of(own, ada)) == (None, "")
