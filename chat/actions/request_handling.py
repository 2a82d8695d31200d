"""Work on a data subject request: settle who asks, hand it over, give it more time, note something."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat.actions import proofs
from chat.actions.subject_requests import BadDayError, OtherStateError, Step, add_step, locked_request, noted
from chat.actions.subject_requests import settle_identity as settle
from chat.models import Conversation
from compliance import audit, audit_events
from compliance.models import ExtensionReason, Identity, RequestState, SubjectRequest
from compliance.models.subject_request import NEW
from compliance.subject_terms import term_of
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import may, require
from tenants.roles import Capability

#: What a member may state; the other is for the visitor to do.
STATED: Final = (Identity.SITE, Identity.CHECKED, Identity.NOT_NEEDED)


class NobodyToAskError(Exception):
    """The visitor has no conversation that is open, in which they could be asked."""


class NotExtendableError(Exception):
    """Its law gives no more time, it was given already, or the day is over."""


class NotAHandlerError(Exception):
    """Whom it shall be handed to may not handle requests, or is not there any more."""


def ask_identity(*, request_id: UUID, actor: Membership, now: datetime) -> SubjectRequest:
    """Ask the visitor, in their open conversation, to prove who they are. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError: As their names say.
        OtherStateError: Who asks is known.
        NobodyToAskError: There is nowhere to ask.
        AddressUnsureError: The visitor changed the address that is known; an agent looks at it in the conversation.
        ProofUnderWayError: They are asked already.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    # The conversation first, as it is when a visitor proves it.
    conversation = _open_conversation(request_id)
    request = locked_request(request_id)
    if request.identity:
        raise OtherStateError
    if conversation is None:
        raise NobodyToAskError
    proofs.request_proof_for_request(conversation_id=conversation.id, actor=actor, now=now)
    request.state = RequestState.IDENTITY
    request.save(update_fields=["state"])
    add_step(request, Step.IDENTITY_ASKED, by=actor, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_IDENTITY_ASKED, request, at=now)
    return request


@sensitive_variables("note")
def state_identity(*, request_id: UUID, how: Identity, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """Say how it is known that whoever asks is the one. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError: As their names say.
        OtherStateError: It is known already, or this is not for a member to say.
        NoteMissingError: It does not say how.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor, is_wanted=True)
    request = locked_request(request_id)
    if request.identity or how not in STATED:
        raise OtherStateError
    settle(request, how, actor=Actor.member(actor), now=now, by=actor, note=said)
    return request


def assign_request(*, request_id: UUID, membership_id: UUID | None, actor: Membership, now: datetime) -> SubjectRequest:
    """Hand a request to somebody, or to nobody. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError, NotAHandlerError: As their names say.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    request = locked_request(request_id)
    to = None
    if membership_id is not None:
        to = Membership.objects.select_related("user").filter(id=membership_id).first()
        if to is None or not to.user.is_active or not may(to, Capability.HANDLE_REQUESTS):
            raise NotAHandlerError
    if request.assignee_id == membership_id:
        return request
    request.assignee = to
    request.save(update_fields=["assignee"])
    add_step(request, Step.ASSIGNED, by=actor, to=to, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_ASSIGNED, request, at=now, to=membership_id)
    return request


def extend_request(
    *, request_id: UUID, why: ExtensionReason, told_on: date, actor: Membership, now: datetime
) -> SubjectRequest:
    """Take the longer term that its law gives, once, with the day on which who asks was told so and why.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError, NotExtendableError: As their names say.
        BadDayError: They were told before they had asked, or are told yet.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    request = locked_request(request_id)
    term = term_of(request)
    if not term.longer or request.extended_at is not None or request.is_overdue(now):
        raise NotExtendableError
    if not request.received_at.date() <= told_on <= now.date():
        raise BadDayError
    request.extended_at, request.extended_for, request.told_on = now, why, told_on
    request.due_at = term.due_at(request.received_at, is_extended=True)
    # Of the new day there are mails again.
    request.mailed_stage = NEW
    request.save(update_fields=["extended_at", "extended_for", "told_on", "due_at", "mailed_stage"])
    add_step(request, Step.EXTENDED, by=actor, now=now)
    audit.record(
        Actor.member(actor), audit_events.REQUEST_EXTENDED, request, at=now, why=why.value,
        due=request.due_at.date().isoformat(),
    )  # fmt: skip
    return request


@sensitive_variables("note")
def note_request(*, request_id: UUID, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """Add a note. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError, NoteMissingError: As their names say.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor, is_wanted=True)
    request = locked_request(request_id)
    add_step(request, Step.NOTE, by=actor, note=said, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_NOTED, request, at=now)
    return request


def _open_conversation(request_id: UUID) -> Conversation | None:
    """Return the newest conversation of a request's visitor that goes on, locked."""
    who = SubjectRequest.objects.filter(id=request_id, contact_id__isnull=False).values("contact_id")
    begun = Conversation.objects.filter(contact_id__in=who).begun().open().order_by("-created_at", "-id")
    newest: Conversation | None = begun.select_for_update(of=("self",)).first()
    return newest
