"""What was proven ends: with the chat, by either side, by time, and with what it was proven by."""

from datetime import timedelta

import pytest
from django.test import Client

from chat import small_texts
from chat.actions import proof_endings, proofs
from chat.actions.assignment import assign_conversation
from chat.actions.conversations import end_conversation, resolve_conversation
from chat.actions.form_requests import UnprovenVisitorError
from chat.actions.proofs import ProofEndedError
from chat.actions.visitors import block_visitor
from chat.identity.standing import ANONYMOUS, Level
from chat.models import ContactDetails, FormRequest, FormState, ProofState
from chat.secure_forms.kinds import SHIPPED
from chat.tasks import look_after_forms
from tenants.actions import members
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import Desk
from tests.chat.proofs.conftest import Vera, again, ask, standing
from tests.factories.stored import give_details
from tests.factories.tenants import sign_in


def test_what_was_proven_by_an_address_is_over_when_that_changes(chat, ada, proven, now):
    give_details(chat, ContactDetails(email="other@tents.example"), ada, at=now)

    assert (again(proven).state, again(proven).why) == (ProofState.ENDED, "address")
    assert standing(chat, now) == ANONYMOUS


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
