"""From asking to the end: who may, once, and what stays of it."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
import redis
from django.conf import settings

from chat.actions import form_endings, form_keys, form_reading, form_requests
from chat.actions.assignment import release_conversation
from chat.actions.conversations import end_conversation, resolve_conversation
from chat.actions.form_endings import FormEndedError
from chat.actions.form_reading import AnotherBrowserError
from chat.actions.form_requests import (
    FormNotFoundError,
    FormUnderWayError,
    NoFormKeyError,
    NotAssignedError,
    UnprovenVisitorError,
    UntrainedError,
)
from chat.actions.visitors import block_visitor
from chat.models import FormKey, FormRequest, FormState
from chat.secure_forms import volatile
from chat.secure_forms.facts import facts_of
from chat.secure_forms.kinds import SHIPPED
from chat.secure_forms.submission import Submission
from compliance.models import AuditEntry
from tenants.actions import members, sessions
from tenants.models import Guarded, ModeState, StaffSession, Tenant, TrainingDuty
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.chat.forms.conftest import VALUES, again, lines, send, transfer
from tests.factories.chats import visitor_of
from tests.support.secure_forms import BrowserKey, seal


def view(desk, form, *, now, **changes):
    reader = desk.asking
    for name, value in changes.items():
        object.__setattr__(reader, name, value)
    with tenant_scope(form.tenant_id):
        return form_reading.view_form(conversation_id=form.conversation_id, form_id=form.id, reader=reader, now=now)


def test_what_is_sent_is_read_once_by_who_asked_and_then_there_is_nothing(desk, chat, asked, now):
    send(asked, now)

    form, sealed = view(desk, asked, now=now)
    assert desk.key.open(sealed, facts_of(form)) == VALUES
    assert form.state == FormState.VIEWED
    with pytest.raises(FormEndedError):
        view(desk, asked, now=now)
    with tenant_scope(form.tenant_id):
        ended = form_reading.hide_form(
            conversation_id=chat.id, form_id=form.id, actor=desk.member, now=now + timedelta(seconds=9)
        )

    assert (ended.state, ended.is_live) == (FormState.DESTROYED, False)
    assert lines(chat, desk.member) == [
        "Ada asks for the secure form “Card details”.",
        "Secure form “Card details” was sent, sealed for Ada, who can read it once within 5 minutes.",
        f"Secure form “Card details” for Ada was read by Ada, and destroyed. Read at {now:%H:%M} UTC.",
    ]


def test_the_audit_trail_tells_each_step_and_no_value(desk, chat, sent, now):
    form, _ = view(desk, sent, now=now)
    with tenant_scope(form.tenant_id):
        form_reading.hide_form(conversation_id=chat.id, form_id=form.id, actor=desk.member, now=now)
        told = AuditEntry.objects.filter(event__startswith="form").order_by("id")
        steps = [(entry.event, entry.actor_kind) for entry in told]
        everything = str([entry.facts for entry in told])

    assert steps == [
        ("form_key.enrolled", "member"), ("form.requested", "member"), ("form.submitted", "visitor"),
        ("form.viewed", "member"), ("form.ended", "member"),
    ]  # fmt: skip
    assert desk.key.fingerprint.hex() in everything
    assert not any(value in everything for value in VALUES.values())


def test_it_is_submitted_once(sent, now):
    with pytest.raises(FormEndedError):
        send(again(sent), now)


def test_an_answer_that_waits_for_no_request_that_knows_of_it_is_not_written_over(asked, now):
    volatile.put(asked.tenant_id, asked.id, b"left by a process that was killed", keep_s=60)

    with pytest.raises(FormEndedError):
        send(asked, now)


def test_who_does_not_hold_the_conversation_can_t_ask(at_desk, sam, chat):
    with pytest.raises(NotAssignedError):
        at_desk(sam).ask(chat)


def test_an_auditor_can_t_ask_and_one_form_is_under_way_at_a_time(desk, chat, asked):
    with pytest.raises(FormUnderWayError):
        desk.ask(chat)


def test_a_key_that_is_not_enrolled_or_was_revoked_is_none(desk, chat, now):
    desk.key, kept = BrowserKey(), desk.key
    with pytest.raises(NoFormKeyError):
        desk.ask(chat)
    desk.key = kept
    with tenant_scope(chat.tenant_id):
        form_keys.revoke_key(key_id=FormKey.objects.get().id, actor=desk.member, now=now)
    with pytest.raises(NoFormKeyError):
        desk.ask(chat)
    with tenant_scope(chat.tenant_id), pytest.raises(form_keys.TooManyKeysError):
        form_keys.enrol_key(point=kept.point, browser="", actor=desk.member, now=now)


def test_who_lacks_a_course_that_guards_forms_can_neither_ask_nor_read(desk, chat, asked, now):
    send(asked, now)
    with tenant_scope(chat.tenant_id):
        TrainingDuty.objects.create(
            tenant=desk.member.tenant, membership=desk.member, course="forms", closes=True, guards=Guarded.FORMS,
            assigned_at=now, due_at=now,
        )  # fmt: skip

    with pytest.raises(UntrainedError):
        view(desk, asked, now=now)
    with pytest.raises(UntrainedError):
        desk.ask(chat)


def test_in_hipaa_mode_health_data_is_not_asked_of_who_has_not_proven_who_they_are(desk, chat):
    Tenant.objects.filter(id=chat.tenant_id).update(hipaa_state=ModeState.ON)
    desk.member.tenant.refresh_from_db()

    with pytest.raises(UnprovenVisitorError):
        desk.ask(chat, SHIPPED["insurance"])
    assert desk.ask(chat, SHIPPED["ssn"]).name == "Social security number"


def test_a_colleague_and_another_tenant_can_t_read_it(desk, at_desk, sam, mallory, sent, now):
    with pytest.raises(NotPermittedError):
        view(at_desk(sam), sent, now=now)
    with tenant_scope(mallory.tenant), pytest.raises(FormNotFoundError):
        form_reading.view_form(
            conversation_id=sent.conversation_id, form_id=sent.id, reader=at_desk(mallory).asking, now=now
        )
    assert view(desk, sent, now=now)[1]


def test_another_browser_of_the_same_member_does_not_get_it_and_it_waits(desk, sent, now):
    with pytest.raises(AnotherBrowserError):
        view(desk, sent, now=now, fingerprint=BrowserKey().fingerprint)
    assert volatile.is_there(sent.tenant_id, sent.id)


def test_who_reads_from_another_place_than_they_asked_from_finds_it_destroyed(desk, sent, now):
    form, sealed = view(desk, sent, now=now, looks="b" * 32)

    assert (sealed, form.state, form.why) == (None, FormState.REVOKED, "moved")
    assert not volatile.is_there(sent.tenant_id, sent.id)


def test_a_lost_answer_is_told_as_lost(desk, chat, sent, now):
    volatile.destroy(sent.tenant_id, sent.id)

    form, sealed = view(desk, sent, now=now)

    assert (sealed, form.state, form.why) == (None, FormState.EXPIRED, "lost")
    assert lines(chat, desk.member)[-1].endswith("what was sent was lost before it was read; nobody has read anything.")


def test_what_nobody_read_in_time_ends_and_what_nobody_sent_too(desk, chat, asked, now):
    with tenant_scope(chat.tenant_id):
        assert form_endings.look_after(now=now + timedelta(minutes=29)) == 0
    sent = send(asked, now)
    with tenant_scope(chat.tenant_id):
        assert form_endings.is_any_live(chat.tenant_id)
        assert form_endings.look_after(now=now + timedelta(minutes=5)) == 1
        assert not form_endings.is_any_live(chat.tenant_id)
    assert (again(sent).state, again(sent).why) == (FormState.EXPIRED, "unread")
    late = desk.ask(chat)
    with tenant_scope(chat.tenant_id):
        form_endings.look_after(now=now + timedelta(minutes=30))
    assert (again(late).state, again(late).why) == (FormState.EXPIRED, "unsent")


def test_what_fails_on_its_way_in_can_be_sent_again(asked, now, monkeypatch):
    def fail(*_, **__):
        raise OSError("no audit")

    with monkeypatch.context() as broken:
        broken.setattr(form_requests.audit, "record", fail)
        with pytest.raises(OSError, match="no audit"):
            send(asked, now)

    assert again(asked).state == FormState.REQUESTED
    assert not volatile.is_there(asked.tenant_id, asked.id)
    assert send(asked, now).state == FormState.SUBMITTED


def sign_out(desk, now):
    sessions.end_all(desk.member.user, now=now)


TRIGGERS = {
    "transfer": lambda it: transfer(it.desk, it.sam, it.form, it.now),
    "release": lambda it: release_conversation(
        conversation_id=it.form.conversation_id, actor=it.desk.member, now=it.now
    ),
    "end of chat": lambda it: resolve_conversation(
        conversation_id=it.form.conversation_id, actor=it.desk.member, now=it.now
    ),
    "ended by the visitor": lambda it: end_conversation(
        visitor=visitor_of(it.form.conversation), conversation_id=it.form.conversation_id, now=it.now
    ),
    "blocked": lambda it: block_visitor(conversation_id=it.form.conversation_id, actor=it.desk.member, now=it.now),
    "withdrawn": lambda it: form_requests.cancel_form(
        conversation_id=it.form.conversation_id, form_id=it.form.id, actor=it.desk.member, now=it.now
    ),
    "key revoked": lambda it: form_keys.revoke_key(key_id=it.form.key_id, actor=it.desk.member, now=it.now),
    "deactivated": lambda it: members.set_member_active(
        membership_id=it.desk.member.id, is_active=False, actor=it.olive, now=it.now
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRIGGERS)
def test_whoever_may_not_read_it_any_more_never_does(name, desk, sam, olive, sent, now):
    with tenant_scope(sent.tenant_id):
        TRIGGERS[name](SimpleNamespace(desk=desk, sam=sam, olive=olive, form=sent, now=now))

    assert not volatile.is_there(sent.tenant_id, sent.id)
    assert again(sent).state == FormState.REVOKED


def test_signing_out_destroys_what_waits(desk, sent, now):
    sign_out(desk, now)

    assert not volatile.is_there(sent.tenant_id, sent.id)
    assert (again(sent).state, again(sent).why) == (FormState.REVOKED, "signed_out")


def test_going_on_from_another_network_destroys_what_waits(desk, sent, now, django_capture_on_commit_callbacks):
    key = desk.client.session.session_key
    StaffSession.objects.update(active_at=now - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        sessions.keep_active(key, address="127.0.0.1", now=now)
    assert volatile.is_there(sent.tenant_id, sent.id)

    with django_capture_on_commit_callbacks(execute=True):
        sessions.keep_active(key, address="203.0.113.9", now=now + timedelta(seconds=6))

    assert (again(sent).state, again(sent).why) == (FormState.REVOKED, "moved")
    assert not volatile.is_there(sent.tenant_id, sent.id)


def test_a_request_that_nothing_was_sent_for_is_withdrawn_rather_than_revoked(desk, sam, asked, now):
    transfer(desk, sam, asked, now)

    assert again(asked).state == FormState.CANCELLED


def test_a_visitor_declines_and_another_visitor_can_t(asked, now):
    with tenant_scope(asked.tenant_id), pytest.raises(FormNotFoundError):
        form_requests.decline_form(form_id=asked.id, contact_id=uuid4(), now=now)
    with tenant_scope(asked.tenant_id):
        form_requests.decline_form(form_id=asked.id, contact_id=asked.conversation.contact_id, now=now)

    assert again(asked).state == FormState.DECLINED


def test_without_its_valkey_nothing_is_sent_and_signing_out_goes_on(desk, asked, now, monkeypatch):
    monkeypatch.setattr(settings, "FORMS_REDIS_URL", "unix:///nowhere/valkey.sock")
    with pytest.raises(redis.RedisError):
        send(asked, now)
    assert again(asked).state == FormState.REQUESTED

    sign_out(desk, now)

    assert again(asked).state == FormState.CANCELLED


def test_after_a_transfer_the_new_holder_asks_anew_and_the_old_answer_does_not_open(desk, at_desk, sam, asked, now):
    sealed_for_ada = seal(VALUES, asked)
    transfer(desk, sam, asked, now)
    with tenant_scope(asked.tenant_id), pytest.raises(FormEndedError):
        form_requests.submit_form(
            form_id=asked.id, contact_id=asked.conversation.contact_id, sealed=Submission.of(sealed_for_ada), now=now
        )
    new = at_desk(sam).ask(asked.conversation)
    with tenant_scope(asked.tenant_id):
        assert FormRequest.objects.filter(ended_at=None).get().id == new.id
