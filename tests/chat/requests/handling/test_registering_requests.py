"""Requests are registered and handled by who may; and nothing is answered before it is known who asks."""

from datetime import timedelta

import pytest

from chat import small_texts
from chat.actions import proof_codes, proofs, request_deciding, request_handling, subject_requests
from chat.actions.proofs import AddressUnsureError
from chat.actions.request_deciding import IdentityOpenError
from chat.actions.request_handling import NobodyToAskError
from chat.actions.subject_requests import (
    BadDayError,
    NoteMissingError,
    OtherStateError,
    TooManyRequestsError,
    UnknownContactError,
    UnknownRequestError,
)
from chat.models import Contact, Conversation, ProofRequest, VisitorSession
from compliance.models import Identity, RefusalReason, RequestKind, RequestState, RequestStep
from compliance.request_notes import note_of_step
from tenants.permissions import NotPermittedError
from tenants.roles import ROLE_CAPABILITIES, Capability, Role
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


def asked_by_vera(register, talk, kind="objection", words="Please stop", *, is_proven=False):
    with tenant_scope(register.tenant):
        return subject_requests.ask_by_visitor(
            contact_id=talk.contact_id, session_id=talk.started_by_id, kind=RequestKind(kind), words=words,
            is_proven=is_proven, now=register.now,
        )  # fmt: skip


def test_owners_and_compliance_officers_handle_requests():
    able = {role for role, held in ROLE_CAPABILITIES.items() if Capability.HANDLE_REQUESTS in held}

    assert able == {Role.OWNER, Role.COMPLIANCE_OFFICER}


def test_a_letter_is_registered_with_its_day_and_a_masked_note(register, talk, olive):
    on = register.now.date() - timedelta(days=10)
    made = register.open(contact_id=talk.contact_id, on=on, note="From vera@tents.example, card 4111 1111 1111 1111")

    assert made.received_at.date() == on
    assert made.due_at > made.received_at + timedelta(days=27)
    assert made.state == RequestState.RECEIVED
    with tenant_scope(register.tenant):
        step = RequestStep.objects.get(request_id=made.id)
        note = note_of_step(step, olive)
    assert "vera@" not in note
    assert "4111 1111" not in note
    assert b"letter" not in bytes(step.note)
    assert register.events() == ["opened"]


@pytest.mark.parametrize("days", [1, -367])
def test_a_day_that_can_t_be_is_refused(register, days):
    with pytest.raises(BadDayError):
        register.open(on=register.now.date() + timedelta(days=days))


def test_somebody_whom_nobody_knows_is_registered_and_refused_for_that(register):
    made = register.open(contact_id=None)
    closed = register.do(
        request_deciding.refuse_request, request_id=made.id, refused_for=RefusalReason.NOT_HELD, note=""
    )

    assert closed.state == RequestState.REFUSED
    assert register.events() == ["closed", "opened"]


def test_another_organisation_reaches_nothing(register, talk, globex, now):
    from tests.factories.tenants import owner_of

    made = register.open(contact_id=talk.contact_id)
    gustav = owner_of(globex)

    with pytest.raises(UnknownRequestError):
        register.do(request_handling.note_request, request_id=made.id, note="Mine", by=gustav)
    with pytest.raises(UnknownContactError):
        register.open(contact_id=talk.contact_id, by=gustav)


def test_agents_do_not_handle_requests(register, talk, ada, olive):
    made = register.open(contact_id=talk.contact_id)
    for act, given in (
        (request_handling.note_request, {"note": "x"}),
        (request_handling.ask_identity, {}),
        (request_deciding.answer_request, {"note": "x"}),
        (request_deciding.agree_to_request, {}),
    ):
        with pytest.raises(NotPermittedError):
            register.do(act, request_id=made.id, by=ada, **given)


def test_nothing_is_answered_before_it_is_known_who_asks(register, talk):
    made = register.open(contact_id=talk.contact_id)

    with pytest.raises(IdentityOpenError):
        register.answer(made)


def test_whoever_states_how_they_checked_says_how(register, talk):
    made = register.open(contact_id=talk.contact_id)
    state = request_handling.state_identity

    with pytest.raises(NoteMissingError):
        register.do(state, request_id=made.id, how=Identity.CHECKED, note="  ")
    with pytest.raises(OtherStateError):
        register.do(state, request_id=made.id, how=Identity.PROOF, note="Trust me")
    known = register.know(made)
    assert (known.identity, known.state) == (Identity.CHECKED, RequestState.IN_PROGRESS)
    with pytest.raises(OtherStateError):
        register.know(made)


def prove(talk, register):
    """Vera types the code that she was mailed."""
    with tenant_scope(register.tenant):
        proof = ProofRequest.objects.get(conversation=talk, state="asked")
        who = {"proof_id": proof.id, "contact_id": talk.contact_id, "session_id": talk.started_by_id}
        _, code = proof_codes.make_code(**who, now=register.now)
        assert proof_codes.try_code(**who, code=code, now=register.now).outcome == "proven"


def test_a_visitor_who_is_asked_in_the_chat_proves_it_and_the_request_knows(register, talk):
    made = register.open(contact_id=talk.contact_id)
    asked = register.do(request_handling.ask_identity, request_id=made.id)
    assert asked.state == RequestState.IDENTITY

    prove(talk, register)

    known = register.again(made)
    assert (known.identity, known.state) == (Identity.PROOF, RequestState.IN_PROGRESS)
    assert register.steps(made) == ["opened", "asked", "known"]


def test_what_is_proven_for_something_else_settles_no_letter_in_their_name(register, talk, ada):
    letter = register.open(contact_id=talk.contact_id)
    own = asked_by_vera(register, talk)
    with tenant_scope(register.tenant):
        Conversation.objects.filter(id=talk.id).update(assignee=ada)
        proofs.request_proof(conversation_id=talk.id, scope="May discuss an order", actor=ada, now=register.now)

    prove(talk, register)

    assert register.again(letter).identity == ""
    assert register.again(own).identity == Identity.PROOF


def test_nobody_is_asked_who_is_not_there(register, talk):
    made = register.open(contact_id=talk.contact_id)
    with tenant_scope(register.tenant):
        Conversation.objects.filter(id=talk.id).update(status="resolved", resolved_at=register.now)

    with pytest.raises(NobodyToAskError):
        register.do(request_handling.ask_identity, request_id=made.id)


def test_no_code_goes_to_an_address_that_the_visitor_has_put_in_another_s_place(register, talk):
    made = register.open(contact_id=talk.contact_id)
    with tenant_scope(register.tenant):
        Contact.objects.filter(id=talk.contact_id).update(email_replaced_at=register.now)

    with pytest.raises(AddressUnsureError):
        register.do(request_handling.ask_identity, request_id=made.id)


def test_what_a_visitor_asks_is_sealed_with_their_own_key(register, talk, olive):
    made = asked_by_vera(register, talk, words="Please stop writing. My card is 4111 1111 1111 1111")

    assert made.by_visitor
    assert b"stop" not in bytes(register.again(made).words)
    with tenant_scope(register.tenant):
        words = small_texts.words_of_request(register.again(made), olive)
    assert words.startswith("Please stop writing.")
    assert "4111 1111" not in words


def test_a_browser_of_somebody_else_asks_nothing(register, talk, now):
    from tests.factories.stored import store_contact

    other = store_contact(register.tenant, at=now)
    with tenant_scope(register.tenant):
        session = VisitorSession.objects.get(contact=other)
        with pytest.raises(UnknownContactError):
            subject_requests.ask_by_visitor(
                contact_id=talk.contact_id, session_id=session.id, kind=RequestKind.ACCESS, words="", is_proven=True,
                now=now,
            )  # fmt: skip


def test_a_visitor_has_a_handful_of_requests_waiting_at_most(register, talk):
    for _ in range(subject_requests.MAX_OPEN):
        asked_by_vera(register, talk)

    with pytest.raises(TooManyRequestsError):
        asked_by_vera(register, talk)
