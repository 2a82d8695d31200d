"""Hand what a visitor sent to its one reader, once. What is handed over is sealed: the reader's browser opens it."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chat import broadcast
from chat.actions import form_endings
from chat.actions.form_endings import FormEndedError
from chat.actions.form_requests import Asking, FormNotFoundError, locked_form, require_trained
from chat.models import FOR_BROWSER, FormRequest, FormState, Handling, Match
from chat.secure_forms import volatile
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import NotPermittedError, may
from tenants.roles import Capability

#: How long it stays on the screen, and how much longer we wait to be told that it does not any more.
SHOWN_FOR: Final = timedelta(seconds=60)
GRACE: Final = timedelta(seconds=10)


class AnotherBrowserError(Exception):
    """The member is in another sign-in, or at another key, than asked for the form; it waits for that one."""


def view_form(
    *, conversation_id: UUID, form_id: UUID, reader: Asking, now: datetime
) -> tuple[FormRequest, bytes | None]:
    """Take what was sent out of its Valkey, for good, and return it as it came: sealed.

    A factor given just now is asked for at the door (`tenants.fresh_factor`). What has to end is ended, and that is
    kept, so this returns it rather than raise: without what was sent.

    Raises:
        NotPermittedError: The member may not, or is not the one who asked.
        FormNotFoundError: There is no such form in this conversation.
        UntrainedError: A course that guards secure forms was not taken in time.
        FormEndedError: Nothing waits to be read.
        AnotherBrowserError: It was asked for in another browser, or before signing in anew.
        redis.RedisError: It can't be said what is there; nothing was changed.
    """
    member = reader.member
    form = locked_form(form_id)
    if form.conversation_id != conversation_id:
        raise FormNotFoundError
    if form.recipient_id != member.id or not may(member, Capability.REQUEST_FORMS):
        raise NotPermittedError("recipient")
    require_trained(member, now)
    form_endings.settle(form, now=now)
    if form.ended_at is not None:
        return form, None
    if form.state != FormState.SUBMITTED or form.handling not in FOR_BROWSER:
        raise FormEndedError(form.state)
    if _is_another_browser(form, reader):
        raise AnotherBrowserError
    if form.looks != reader.looks:
        form_endings.end(form, FormState.REVOKED, why="moved", actor=Actor.member(member), now=now)
        return form, None
    sealed = volatile.take(form.tenant_id, form.id)
    if sealed is None:
        form_endings.end(form, FormState.EXPIRED, why="lost", actor=Actor.system(), now=now)
        return form, None
    form.move(FormState.VIEWED, until=now + SHOWN_FOR + GRACE)
    form.viewed_at = now
    form.save(update_fields=["state", "expires_at", "viewed_at"])
    audit.record(Actor.member(member), audit_events.FORM_VIEWED, form, at=now, kind=form.kind, key=form.key_id)
    broadcast.conversation_changed(form.conversation)
    return form, sealed


def hide_form(*, conversation_id: UUID, form_id: UUID, actor: Membership, now: datetime) -> FormRequest:
    """Note that it is on no screen any more.

    Raises:
        NotPermittedError: The member may not, or is not the one who read it.
        FormNotFoundError: There is no such form in this conversation.
    """
    form = _handed_over(conversation_id, form_id, actor)
    if form.state == FormState.VIEWED:
        form_endings.end(form, FormState.DESTROYED, actor=Actor.member(actor), now=now)
    return form


def tell_match(*, conversation_id: UUID, form_id: UUID, match: Match, actor: Membership, now: datetime) -> FormRequest:
    """Note what the reader's browser found: whether what the visitor sent is what the reader holds. Neither is told.

    Raises:
        NotPermittedError: The member may not, or is not the one whom it was handed over to.
        FormNotFoundError: There is no such form in this conversation.
        FormEndedError: It was not handed over to be compared, or something was said of it already.
    """
    form = _handed_over(conversation_id, form_id, actor)
    if form.state != FormState.VIEWED or form.handling != Handling.CHECK:
        raise FormEndedError(form.state)
    form.outcome = match
    form_endings.end(form, FormState.CHECKED, actor=Actor.member(actor), now=now)
    return form


def _handed_over(conversation_id: UUID, form_id: UUID, actor: Membership) -> FormRequest:
    form = locked_form(form_id)
    if form.conversation_id != conversation_id:
        raise FormNotFoundError
    if form.recipient_id != actor.id or not may(actor, Capability.REQUEST_FORMS):
        raise NotPermittedError("recipient")
    return form


def _is_another_browser(form: FormRequest, reader: Asking) -> bool:
    known = b"" if form.key is None else bytes(form.key.fingerprint)
    return form.session_id != reader.session.id or known != reader.fingerprint
