"""How secure forms end: what was sent is destroyed, the request gets its last state, and the conversation its line.

What is destroyed is destroyed first: whatever fails afterwards, nobody reads it.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import redis
from celery import current_app
from django.db import transaction
from django.db.models import Prefetch

from chat import broadcast
from chat.actions import activities
from chat.models import (
    LIVE,
    OPEN_TO_VISITOR,
    Conversation,
    FormRequest,
    FormState,
    Handling,
    PaymentAccount,
)
from chat.permissions import may_request_forms
from chat.secure_forms import lines, volatile
from chat.secure_forms.kinds import is_health
from compliance import audit, audit_events
from tenants import policies
from tenants.actors import Actor
from tenants.models import DeviceState, StaffDevice, StaffSession
from tenants.policy_names import FORM_HEALTH, PROVEN_VISITOR
from tenants.scoping import tenant_scope
from tenants.tasks_base import Enqueuer

logger = logging.getLogger(__name__)

#: Why what was sent and waits has run out.
_UNREAD: Final = {
    Handling.VIEW: "unread",
    Handling.CHECK: "unread",
    Handling.FORWARD: "unreached",
    Handling.ASK: "unreached",
    Handling.PAY: "unsent",
}


class FormEndedError(Exception):
    """The request has ended, or something was sent already; `state` says as what it ended."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def end(
    form: FormRequest,
    state: FormState,
    *,
    why: str = "",
    actor: Actor,
    now: datetime,
    receipt: str = "",
    is_answer: bool = False,
) -> None:
    """End a request whose row is locked; what was sent is destroyed.

    What is on its way to the organisation's endpoint just now can't be taken back: it is not tried again, and what
    becomes of it is told when that is known, within seconds.

    Args:
        receipt: The reference that who took it gave.
        is_answer: Whether this is what became of it there.
    """
    if not form.is_live:
        return
    if form.state == FormState.FORWARDING and not is_answer and now < form.expires_at:
        form.why = why or "withdrawn"
        form.save(update_fields=["why"])
        return
    _destroy(form)
    form.end(state, why=why, now=now)
    form.save(update_fields=["state", "why", "ended_at", "outcome", "brand", "last_four", "token"])
    facts = {"kind": form.kind, "state": str(state), "why": why, "handling": form.handling, "outcome": form.outcome}
    audit.record(actor, audit_events.FORM_ENDED, form, at=now, **facts)
    tell(form, lines.ended(form, receipt), "ended", now)
    if form.pay_session and state != FormState.TOKENIZED:
        # The provider's page is closed, so that nobody gives a card for nothing.
        job = Enqueuer(current_app.tasks["chat.look_up_payment"], form.tenant_id)
        transaction.on_commit(partial(job.delay, form_id=form.id), robust=True)
    broadcast.conversation_changed(form.conversation)


def visitor_of(form: FormRequest) -> Actor:
    """Return who fills a form in, for the audit trail."""
    return Actor.visitor(form.conversation.started_by_id or form.conversation.contact_id)


def tell(form: FormRequest, text: str, step: str, now: datetime) -> None:
    """Write a line about a request. That it can't be written keeps nothing from ending."""
    activities.tell_of(form.conversation, text, of=form.id, step=step, now=now)


def end_of_conversation(conversation: Conversation, *, why: str, actor: Actor, now: datetime) -> None:
    """End what is under way in a locked conversation that goes to somebody else, or ends."""
    for form in _live(conversation_id=conversation.id):
        end(form, _early(form), why=why, actor=actor, now=now)


def withdraw(form: FormRequest, *, actor: Actor, now: datetime) -> None:
    """End one whose row is locked at the wish of who may."""
    end(form, _early(form), actor=actor, now=now)


def end_of_unproven(conversation: Conversation, *, actor: Actor, now: datetime) -> None:
    """Withdraw what asks a visitor for health data whose proof was ended, where only who has proven it may be asked."""
    if policies.in_force(conversation.tenant, FORM_HEALTH).value != PROVEN_VISITOR:
        return
    for form in locked_forms(conversation_id=conversation.id, state__in=OPEN_TO_VISITOR):
        if is_health(form.kind):
            end(form, FormState.CANCELLED, why="unproven", actor=actor, now=now)


def look_after(*, now: datetime) -> int:
    """End what has run out, and what the one who asked may not read any more; return how many.

    Call it in the organisation's scope. Whoever ends a session, moves a member or changes a rule calls it by what they
    announce; a job does so every minute besides.
    """
    ended = 0
    for form in _live():
        state, why = _fallen(form, now)
        if state is not None:
            end(form, state, why=why, actor=Actor.system(), now=now)
            ended += 1
    return ended


def is_any_live(tenant_id: UUID) -> bool:
    """Whether an organisation has a form under way: a look at the few rows of an index of their own."""
    with tenant_scope(tenant_id):
        return bool(FormRequest.objects.filter(ended_at=None).exists())


def settle(form: FormRequest, *, now: datetime) -> None:
    """End one whose row is locked if it has to end by now."""
    state, why = _fallen(form, now)
    if state is not None:
        end(form, state, why=why, actor=Actor.system(), now=now)


def locked_forms(**wanted: object) -> list[FormRequest]:
    """Return requests, locked until the end of the transaction with what they are looked at by.

    The conversation is always locked before them, and those in one order, so that nobody waits in a ring.
    """
    rows = FormRequest.objects.filter(**wanted)
    if not (conversations := list(rows.values_list("conversation_id", flat=True))):
        return []
    first = Conversation.objects.filter(id__in=conversations).order_by("id")
    list(first.select_for_update(of=("self",)).values_list("id", flat=True))
    related = rows.select_related("recipient__user", "recipient__tenant", "key", "endpoint_key")
    # By themselves: joined as well, the statement takes PostgreSQL five times as long to plan, and that longest of all.
    theirs = Prefetch("conversation", Conversation.objects.select_related("contact"))
    return list(related.prefetch_related(theirs).order_by("id").select_for_update(of=("self",)))


def _live(**wanted: object) -> Iterable[FormRequest]:
    return locked_forms(state__in=LIVE, **wanted)


def _fallen(form: FormRequest, now: datetime) -> tuple[FormState | None, str]:
    """Return as what a live request has to end by now, and why; None if it stands."""
    if form.state == FormState.FORWARDING and now >= form.expires_at:
        return FormState.EXPIRED, "in_flight"
    if (why := _lost_right(form)) != "":
        # What is on the screen was read: it can't be taken back, and the line says so.
        return _early(form), "" if form.state == FormState.VIEWED else why
    if form.state == FormState.VIEWED:
        return (FormState.DESTROYED, "") if now >= form.expires_at else (None, "")
    if now >= form.expires_at:
        return FormState.EXPIRED, "unsent" if form.is_open_to_visitor else _UNREAD[Handling(form.handling)]
    return (FormState.EXPIRED, "lost") if form.state == FormState.SUBMITTED and _is_lost(form) else (None, "")


def _lost_right(form: FormRequest) -> str:
    """Return why the one who asked may not read it any more; empty if they may."""
    if form.conversation.assignee_id != form.recipient_id:
        return "transfer"
    if not form.conversation.is_open:
        return "resolved"
    is_in = form.recipient.user.is_active and may_request_forms(form.recipient)
    if (why := _lost_taker(form) if is_in else "revoked") != "":
        return why
    session = StaffSession.objects.filter(id=form.session_id, user_id=form.recipient.user_id).first()
    if session is None:
        return "signed_out"
    return "revoked" if _was_revoked(session, form) else ""


def _lost_taker(form: FormRequest) -> str:
    """Return why there is nobody any more who could take it; empty if there is."""
    if form.handling == Handling.PAY:
        return "" if PaymentAccount.objects.exists() else "unpaid"
    if form.endpoint_key is not None:
        return "" if form.endpoint_key.retired_at is None else "rekeyed"
    return "" if form.key is not None and form.key.revoked_at is None else "revoked"


def _was_revoked(session: StaffSession, form: FormRequest) -> bool:
    """Whether the browser was an approved one and is not any more."""
    if session.device_key_hash is None:
        return False
    devices = StaffDevice.objects.filter(membership_id=form.recipient_id, key_hash=bytes(session.device_key_hash))
    return bool(devices.filter(state=DeviceState.REVOKED).exists())


def _early(form: FormRequest) -> FormState:
    if form.is_open_to_visitor:
        return FormState.CANCELLED
    return FormState.DESTROYED if form.state == FormState.VIEWED else FormState.REVOKED


def _is_lost(form: FormRequest) -> bool:
    try:
        return not volatile.is_there(form.tenant_id, form.id)
    except redis.RedisError:
        # It can't be said; the next look may.
        return False


def _destroy(form: FormRequest) -> None:
    """Destroy what was sent. Where its Valkey is not there, neither is a way to read it, and it ends by itself."""
    try:
        volatile.destroy(form.tenant_id, form.id)
    except redis.RedisError as error:
        logger.warning("a secure form waits for its end", extra={"reason": type(error).__name__})


def end_of_sessions(sessions: Collection[UUID], *, why: str, now: datetime) -> None:
    """End what some sign-ins of a member asked for."""
    for form in _live(session_id__in=list(sessions)):
        end(form, _early(form), why=why, actor=Actor.system(), now=now)
