from datetime import timedelta

import pytest

from chat.actions import erasure, legal_holds, request_deciding, request_erasing
from chat.actions.request_erasing import LOST_AFTER, carry_out
from chat.models import Contact, Conversation, Message
from chat.tasks import look_after_requests
from compliance.audit_chain import seal
from compliance.disposal import HeldRecordError
from compliance.mode_certificate import digest
from compliance.models import AuditEntry, HoldKind, RequestState, SubjectRequest
from compliance.request_queue import chain_place
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.keyring.ring import KeyUnavailableError
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The jobs that were sent on their way."""
    ids = []
    monkeypatch.setattr(
        request_erasing.erase_for_request, "apply_async", lambda *_, kwargs, **__: ids.append(kwargs["request_id"])
    )
    return ids


def decided(register, talk):
    """An erasure that was decided, whose job is on its way."""
    return register.answer(register.known("erasure", contact_id=talk.contact_id))


def done(register, request, at=None):
    return carry_out(tenant=register.tenant, request_id=request.id, now=at or register.now)


def test_an_answer_erases_everything_and_leaves_a_certificate(
    register, talk, sent, django_capture_on_commit_callbacks, olive
):
    also = store_conversation(register.tenant, ["more"], at=register.now, contact=talk.contact)
    with django_capture_on_commit_callbacks(execute=True):
        made = decided(register, talk)
    assert made.state == RequestState.CARRIED_OUT
    assert sent == [str(made.id)]
    assert "sent_on" in register.events()

    done(register, made)

    ring.forget_cached_keys()
    closed = register.again(made)
    with tenant_scope(register.tenant):
        assert not Contact.objects.filter(id=talk.contact_id).exists()
        assert not Conversation.objects.filter(id__in=[talk.id, also.id]).exists()
        assert Message.objects.count() == 0
        with pytest.raises(KeyUnavailableError):
            ring.contact_cipher(register.tenant.id, talk.contact_id)
        entry = AuditEntry.objects.get(event="subject_request.erased")
    assert closed.state == RequestState.ANSWERED
    assert closed.words is None
    assert closed.certificate["counts"]["messages"] == 3
    assert closed.certificate["counts"]["conversations"] == 2
    assert digest(closed.certificate) == closed.certificate_sha256 == entry.facts["sha256"]
    assert "secret" not in str(closed.certificate)
    seal(register.tenant.id)
    with tenant_scope(register.tenant):
        place = chain_place(closed)
    assert place.position is not None


def test_a_job_that_runs_twice_does_the_same_as_once(register, talk, sent):
    made = decided(register, talk)
    done(register, made)
    first = register.again(made)

    assert done(register, made) is None
    assert register.again(made).certificate == first.certificate
    assert register.events().count("erased") == 1


def test_a_worker_that_dies_half_way_leaves_everything_and_it_is_done_again(register, talk, sent, monkeypatch):
    made = decided(register, talk)

    class KilledError(BaseException):
        pass

    def die(*_, **__):
        raise KilledError

    with monkeypatch.context() as dying:
        dying.setattr(erasure, "_erase_people", die)
        with pytest.raises(KilledError):
            done(register, made)
    with tenant_scope(register.tenant):
        assert Message.objects.count() == 2
    assert register.again(made).state == RequestState.CARRIED_OUT

    look_after_requests.for_tenant(register.tenant.id).run_here()
    assert register.again(made).state == RequestState.CARRIED_OUT, "not lost yet"
    with tenant_scope(register.tenant):
        SubjectRequest.objects.update(decided_at=register.now - LOST_AFTER - timedelta(minutes=1))
    look_after_requests.for_tenant(register.tenant.id).run_here()
    assert register.again(made).state == RequestState.ANSWERED
    with tenant_scope(register.tenant):
        assert Message.objects.count() == 0


def hold(register, target, kind=HoldKind.CONTACT):
    return register.do(legal_holds.place_hold, kind=kind, target=target, reason="An inquiry")


def test_a_hold_is_told_before_anything_is_decided(register, talk, sent):
    made = register.known("erasure", contact_id=talk.contact_id)
    hold(register, talk.id, HoldKind.CONVERSATION)

    with pytest.raises(HeldRecordError):
        register.answer(made)
    assert register.again(made).state == RequestState.IN_PROGRESS


def test_a_hold_that_comes_after_the_decision_gives_the_request_back_whole(register, talk, sent):
    made = decided(register, talk)
    hold(register, talk.contact_id)

    done(register, made)

    back = register.again(made)
    assert (back.state, back.outcome, back.certificate) == (RequestState.IN_PROGRESS, "", None)
    assert register.steps(made)[-1] == "held"
    with tenant_scope(register.tenant):
        assert Message.objects.count() == 2


def test_a_hold_that_comes_before_the_second_person_agrees_keeps_them_from_it(register, talk, sent, cora):
    register.wants_two()
    made = decided(register, talk)
    assert made.state == RequestState.APPROVAL
    assert sent == []
    hold(register, talk.contact_id)

    with pytest.raises(HeldRecordError):
        register.do(request_deciding.agree_to_request, request_id=made.id, by=cora)


def test_somebody_who_is_gone_already_is_answered_at_once(register, talk, sent):
    made = register.known("erasure", contact_id=talk.contact_id)
    with tenant_scope(register.tenant):
        erasure.erase_contact(contact_id=talk.contact_id, actor=Actor.system(), now=register.now)

    assert register.answer(made, note="Gone by retention before").state == RequestState.ANSWERED


def test_their_words_go_with_them_and_that_they_asked_stays(register, talk, olive, sent):
    from chat.actions import subject_requests
    from compliance.models import RequestKind

    with tenant_scope(register.tenant):
        asked = subject_requests.ask_by_visitor(
            contact_id=talk.contact_id, session_id=talk.started_by_id, kind=RequestKind.OBJECTION, words="Stop it",
            is_proven=False, now=register.now,
        )  # fmt: skip
    done(register, decided(register, talk))

    kept = register.again(asked)
    assert kept.words is None
    assert kept.is_open


def test_what_a_visitor_erases_themselves_is_in_the_register(register, talk):
    with tenant_scope(register.tenant):
        request_erasing.erase_own(contact_id=talk.contact_id, actor=Actor.visitor(talk.started_by_id), now=register.now)

    (made,) = register.all()
    assert (made.kind, made.state, made.by_visitor) == ("erasure", RequestState.ANSWERED, True)
    assert made.certificate["counts"]["messages"] == 2
    assert digest(made.certificate) == made.certificate_sha256
    assert register.events() == ["closed", "erased", "opened"]
