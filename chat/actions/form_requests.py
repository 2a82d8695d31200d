"""Ask a visitor for a secure form; the visitor opens it, sends it sealed, or declines. Call these inside the scope."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from chat import broadcast
from chat.actions import form_endings, form_endpoints, form_forwarding, form_payments
from chat.actions.conversations import locked
from chat.actions.form_endings import FormEndedError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.identity.standing import Level, standing_of
from chat.models import (
    CHECKING,
    FOR_ENDPOINT,
    Conversation,
    EndpointKey,
    FormKey,
    FormRequest,
    FormState,
    Handling,
    Match,
)
from chat.permissions import Visitor
from chat.secure_forms import lines, volatile
from chat.secure_forms.kinds import Form
from chat.secure_forms.submission import Submission
from compliance import audit, audit_events
from tenants import policies
from tenants.actors import Actor
from tenants.models import Guarded, Membership, StaffSession
from tenants.permissions import require
from tenants.policy_names import FORM_HEALTH, FORM_UNREAD, PROVEN_VISITOR
from tenants.roles import Capability
from tenants.training import WORKSPACE, lapsed_members

#: How long a visitor has to fill one in.
FILLED_WITHIN: Final = timedelta(minutes=30)
#: How often within what time a visitor may be compared without a match, by whomever: each tells a guesser something.
MAX_MISSES: Final = 3
MISSES_WITHIN: Final = timedelta(hours=24)


class FormNotFoundError(Exception):
    """There is no such request for whoever asks."""


class NotAssignedError(Exception):
    """The conversation is not with who wants to ask."""


class FormUnderWayError(Exception):
    """One form at a time: another is under way in this conversation."""


class NoFormKeyError(Exception):
    """The browser has no key of that member's that counts."""


class TooManyChecksError(Exception):
    """What this visitor told did not match too often of late: more tries would be guesses."""


class UntrainedError(Exception):
    """A course that guards secure forms was not taken in time."""


class UnprovenVisitorError(Exception):
    """Health data is asked of visitors alone who have proven who they are."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, in which sign-in, from which machine, for which of their keys; empty where none is known."""

    member: Membership
    session: StaffSession
    looks: str
    fingerprint: bytes


def request_form(*, conversation_id: UUID, form: Form, asking: Asking, now: datetime) -> FormRequest:
    """Ask the visitor of a conversation for a form.

    Raises:
        NotPermittedError: The member may not.
        ConversationNotFoundError, ConversationResolvedError: There is none, or it has ended.
        NotAssignedError: It is not theirs.
        NoFormKeyError, NoEndpointError, NoAccountError, TooManyChecksError: As their names say.
        UntrainedError, UnprovenVisitorError, FormUnderWayError: As their names say.
    """
    member = asking.member
    require(member, Capability.REQUEST_FORMS)
    require_trained(member, now)
    conversation = locked(conversation_id)
    if not conversation.is_open:
        raise ConversationResolvedError
    if conversation.assignee_id != member.id:
        raise NotAssignedError
    _require_proven(conversation, member, form, now)
    _require_tries(conversation, form, now)
    return _begun(conversation, form, asking, Actor.member(member), now)


def offer_form(*, visitor: Visitor, conversation_id: UUID, form: Form, now: datetime) -> FormRequest:
    """Begin a form at the visitor's own wish, to whoever holds the conversation and has used a key of late.

    Raises:
        ConversationNotFoundError, ConversationResolvedError: It is not theirs, or has ended.
        NotAssignedError, NoFormKeyError, NoEndpointError: Nobody is there who could take it.
        FormUnderWayError: One is under way already.
    """
    conversation = locked(conversation_id)
    if visitor.contact_id is None or conversation.contact_id != visitor.contact_id or visitor.session_id is None:
        raise ConversationNotFoundError
    if not conversation.is_open:
        raise ConversationResolvedError
    member = conversation.assignee
    if member is None:
        raise NotAssignedError
    return _begun(conversation, form, _last_asking(member, form), Actor.visitor(visitor.session_id), now)


def cancel_form(*, conversation_id: UUID, form_id: UUID, actor: Membership, now: datetime) -> FormRequest:
    """Withdraw a request; what was sent is destroyed unread."""
    require(actor, Capability.REQUEST_FORMS)
    form = locked_form(form_id)
    if form.conversation_id != conversation_id:
        raise FormNotFoundError
    form_endings.withdraw(form, actor=Actor.member(actor), now=now)
    return form


def open_form(*, form_id: UUID, contact_id: UUID, now: datetime) -> FormRequest:
    """Show a form to its visitor.

    Raises:
        FormNotFoundError: It is not theirs.
        FormEndedError: It has ended, or was sent already.
    """
    form = _of_visitor(form_id, contact_id, now)
    if form.state == FormState.REQUESTED:
        form.state, form.opened_at = FormState.OPENED, now
        form.save(update_fields=["state", "opened_at"])
        audit.record(form_endings.visitor_of(form), audit_events.FORM_OPENED, form, at=now, kind=form.kind)
        broadcast.conversation_changed(form.conversation)
    return form


def submit_form(*, form_id: UUID, contact_id: UUID, sealed: Submission, now: datetime) -> FormRequest:
    """Take what a visitor sends, sealed, and let it wait for its one reader.

    Raises:
        FormNotFoundError: It is not theirs.
        FormEndedError: It has ended, or something was sent already.
        redis.RedisError: It could not be kept; nothing was sent.
    """
    form = _of_visitor(form_id, contact_id, now)
    if form.handling == Handling.PAY:
        raise FormEndedError(form.state)
    form.move(FormState.SUBMITTED, until=now + timedelta(seconds=form.unread_s))
    form.opened_at, form.submitted_at = form.opened_at or now, now
    form.save(update_fields=["state", "expires_at", "opened_at", "submitted_at"])
    audit.record(
        form_endings.visitor_of(form), audit_events.FORM_SUBMITTED, form, at=now, kind=form.kind, bytes=len(sealed.ct)
    )
    form_endings.tell(form, lines.submitted(form), "submitted", now)
    if form.handling in FOR_ENDPOINT:
        form_forwarding.send_soon(form)
    broadcast.conversation_changed(form.conversation)
    # Last: of what fails before, nothing waits, and it can be sent again.
    try:
        volatile.put(form.tenant_id, form.id, sealed.to_json(), keep_s=form.unread_s)
    except volatile.AlreadyThereError:
        raise FormEndedError(FormState.SUBMITTED) from None
    return form


def decline_form(*, form_id: UUID, contact_id: UUID, now: datetime) -> FormRequest:
    """Send nothing.

    Raises:
        FormNotFoundError: It is not theirs.
        FormEndedError: It has ended, or was sent already.
    """
    form = _of_visitor(form_id, contact_id, now)
    form_endings.end(form, FormState.DECLINED, actor=form_endings.visitor_of(form), now=now)
    return form


def locked_form(form_id: UUID) -> FormRequest:
    """Return a request, locked until the end of the transaction.

    Raises:
        FormNotFoundError: There is none in the organisation in scope.
    """
    found = form_endings.locked_forms(id=form_id)
    if not found:
        raise FormNotFoundError
    return found[0]


def require_trained(member: Membership, now: datetime) -> None:
    """Let somebody pass who has taken every course that guards secure forms.

    Raises:
        UntrainedError: One has lapsed.
    """
    if member.id in lapsed_members(before=now, guarded=WORKSPACE | {Guarded.FORMS}):
        raise UntrainedError


def _require_proven(conversation: Conversation, member: Membership, form: Form, now: datetime) -> None:
    is_asked = form.is_health and policies.in_force(member.tenant, FORM_HEALTH).value == PROVEN_VISITOR
    if is_asked and standing_of(conversation, now).level < Level.PROVEN:
        raise UnprovenVisitorError


def _require_tries(conversation: Conversation, form: Form, now: datetime) -> None:
    if form.handling not in CHECKING:
        return
    compared = FormRequest.objects.filter(
        conversation__contact_id=conversation.contact_id, handling__in=CHECKING, ended_at__gt=now - MISSES_WITHIN
    )
    # Handed over to be compared, and nothing said of it: that may have been a try too.
    missed = Q(outcome=Match.NO_MATCH) | Q(state=FormState.DESTROYED, outcome="")
    if compared.filter(missed).count() >= MAX_MISSES:
        raise TooManyChecksError


def _begun(conversation: Conversation, form: Form, asking: Asking, actor: Actor, now: datetime) -> FormRequest:
    key, endpoint_key = _keys_for(form, asking)
    for earlier in FormRequest.objects.filter(conversation=conversation, ended_at=None).values_list("id", flat=True):
        form_endings.settle(held := locked_form(earlier), now=now)
        if held.is_live:
            raise FormUnderWayError
    member = asking.member
    made = FormRequest.objects.create(
        tenant_id=conversation.tenant_id, conversation=conversation, kind=form.kind, name=form.name,
        handling=form.handling, fields=form.kept(), by_visitor=actor.id != member.id, recipient=member, key=key,
        endpoint_key=endpoint_key, session_id=asking.session.id, looks=asking.looks, requested_at=now,
        expires_at=now + FILLED_WITHIN, unread_s=int(policies.in_force(member.tenant, FORM_UNREAD).value) * 60,
    )  # fmt: skip
    audit.record(
        actor, audit_events.FORM_REQUESTED, made, at=now, kind=form.kind, handling=form.handling,
        conversation=conversation.id, key=made.key_id or made.endpoint_key_id,
    )  # fmt: skip
    form_endings.tell(made, lines.requested(made), "requested", now)
    broadcast.conversation_changed(conversation)
    return made


def _keys_for(form: Form, asking: Asking) -> tuple[FormKey | None, EndpointKey | None]:
    """Return for which key an answer is to be sealed: of the asking browser, or of the organisation's endpoint."""
    if form.handling == Handling.PAY:
        form_payments.require_account()
        return None, None
    if form.handling in FOR_ENDPOINT:
        return None, form_endpoints.key_for_forms()
    mine = FormKey.objects.filter(membership=asking.member, fingerprint=asking.fingerprint, revoked_at=None)
    if (key := mine.first()) is None:
        raise NoFormKeyError
    return key, None


def _last_asking(member: Membership, form: Form) -> Asking:
    """Return how a member last asked somebody, if they are still signed in there: another browser has another key."""
    signed_in = StaffSession.objects.filter(user_id=member.user_id)
    if not form.for_browser:
        # Sealed for no browser: any sign-in of theirs will do.
        if (latest := signed_in.order_by("-active_at").first()) is None:
            raise NoFormKeyError
        return Asking(member, latest, "", b"")
    asked = FormRequest.objects.filter(recipient=member, key__revoked_at=None, key__isnull=False).select_related("key")
    for earlier in asked.order_by("-requested_at", "-id")[:5]:
        if (session := signed_in.filter(id=earlier.session_id).first()) is not None:
            return Asking(member, session, earlier.looks, bytes(earlier.key.fingerprint))
    raise NoFormKeyError


def _of_visitor(form_id: UUID, contact_id: UUID, now: datetime) -> FormRequest:
    form = locked_form(form_id)
    if form.conversation.contact_id != contact_id or form.conversation.contact.blocked_at is not None:
        raise FormNotFoundError
    form_endings.settle(form, now=now)
    if not form.is_open_to_visitor:
        raise FormEndedError(form.state)
    return form
