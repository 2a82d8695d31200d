"""The day of a request is moved once, with word; what is answered is closed, by two where two decide."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from chat.actions import request_deciding, request_handling
from chat.actions.request_deciding import SamePersonError
from chat.actions.request_handling import NotAHandlerError, NotExtendableError
from chat.actions.subject_requests import BadDayError, OtherStateError, RequestClosedError
from compliance.models import ExtensionReason, RefusalReason, RequestState, SubjectRequest
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db


def test_a_day_is_moved_once_and_with_word_to_who_asked(register, talk):
    made = register.open(contact_id=talk.contact_id)
    extend, told = request_handling.extend_request, register.now.date()

    with pytest.raises(BadDayError):
        register.do(extend, request_id=made.id, why=ExtensionReason.MANY, told_on=told + timedelta(days=1))
    later = register.do(extend, request_id=made.id, why=ExtensionReason.MANY, told_on=told)
    assert later.due_at > made.due_at + timedelta(days=50)
    with pytest.raises(NotExtendableError):
        register.do(extend, request_id=made.id, why=ExtensionReason.MANY, told_on=told)


def test_a_law_that_gives_no_more_time_and_a_day_that_is_over_move_nothing(register, talk):
    extend = request_handling.extend_request
    given = {"why": ExtensionReason.COMPLEX, "told_on": register.now.date()}
    quebec, late = register.open(regime="quebec"), register.open()

    with pytest.raises(NotExtendableError):
        register.do(extend, request_id=quebec.id, **given)
    with pytest.raises(NotExtendableError):
        register.do(extend, request_id=late.id, at=register.now + timedelta(days=40), **given)


def test_the_database_keeps_a_longer_term_without_notice_out(register):
    made = register.open()

    with pytest.raises(IntegrityError), tenant_scope(register.tenant), transaction.atomic():
        SubjectRequest.objects.filter(id=made.id).update(extended_at=register.now)


def test_a_request_is_handed_to_who_may_handle_it(register, ada, cora, mallory):
    made = register.open()
    hand = request_handling.assign_request

    for stranger in (ada, mallory):
        with pytest.raises(NotAHandlerError):
            register.do(hand, request_id=made.id, membership_id=stranger.id)
    assert register.do(hand, request_id=made.id, membership_id=cora.id).assignee_id == cora.id
    register.do(hand, request_id=made.id, membership_id=cora.id)
    register.do(hand, request_id=made.id, membership_id=None)
    assert register.steps(made) == ["opened", "assigned", "assigned"]


def test_what_is_answered_is_closed(register):
    made = register.known()
    done = register.answer(made)

    assert (done.state, done.closed_at) == (RequestState.ANSWERED, register.now)
    for act, given in (
        (request_handling.note_request, {"note": "x"}),
        (request_deciding.answer_request, {"note": "x"}),
        (request_deciding.agree_to_request, {}),
    ):
        with pytest.raises(RequestClosedError):
            register.do(act, request_id=made.id, **given)


def test_where_two_people_decide_another_agrees(register, olive, cora):
    register.wants_two()
    made = register.known()
    assert register.answer(made).state == RequestState.APPROVAL

    with pytest.raises(SamePersonError):
        register.do(request_deciding.agree_to_request, request_id=made.id)
    with pytest.raises(OtherStateError):
        register.answer(made, by=cora)
    agreed = register.do(request_deciding.agree_to_request, request_id=made.id, by=cora)
    assert (agreed.state, agreed.agreed_by_id) == (RequestState.ANSWERED, cora.id)
    with pytest.raises(IntegrityError), tenant_scope(register.tenant), transaction.atomic():
        SubjectRequest.objects.filter(id=made.id).update(agreed_by=olive)


def test_what_is_not_agreed_to_goes_on(register, cora):
    register.wants_two()
    made = register.known()
    register.answer(made)

    back = register.do(request_deciding.send_back, request_id=made.id, note="Look again", by=cora)

    assert (back.state, back.outcome, back.decided_by_id) == (RequestState.IN_PROGRESS, "", None)
    assert register.answer(made, by=cora).state == RequestState.APPROVAL


def test_what_hands_nothing_out_is_decided_by_one(register):
    register.wants_two()

    assert register.answer(register.known("rectification")).state == RequestState.ANSWERED
    refused = register.do(
        request_deciding.refuse_request, request_id=register.open().id, refused_for=RefusalReason.IDENTITY, note=""
    )
    assert refused.state == RequestState.REFUSED


@pytest.mark.parametrize("mode", ["hipaa_state", "pci_state"])
def test_a_mode_asks_for_two(register, mode):
    made = register.known()
    from tenants.models import Tenant

    Tenant.objects.filter(id=register.tenant.id).update(**{mode: "on"})

    assert register.answer(made).state == RequestState.APPROVAL
