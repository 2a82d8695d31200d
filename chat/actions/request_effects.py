"""What an answer to a data subject request does to what is kept: details put right, an objection heeded, and lifted."""

from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat.actions import contacts
from chat.actions.subject_requests import (
    OtherStateError,
    Step,
    UnknownContactError,
    UnknownRequestError,
    add_step,
    locked_request,
    noted,
)
from chat.models import Contact, ContactDetails
from compliance import audit, audit_events
from compliance.models import RequestKind, SubjectRequest
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


@sensitive_variables()
def rectify(
    *, request_id: UUID, given: ContactDetails, seen: datetime | None, actor: Membership, now: datetime
) -> SubjectRequest:
    """Put right what is known of whoever asks for that. The request stays open, to be answered.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError, UnknownContactError: As their names say.
        OtherStateError: It asks for something else, or nobody has settled who asks.
        DetailsChangedError, BadDetailError, MaskingError: As `contacts.change_contact_details`.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    wanted = SubjectRequest.objects.filter(id=request_id).first()
    if wanted is None:
        raise UnknownRequestError
    if wanted.kind != RequestKind.RECTIFICATION or not wanted.identity:
        raise OtherStateError
    if wanted.contact_id is None or not Contact.objects.filter(id=wanted.contact_id).exists():
        raise UnknownContactError
    # The person before the request: when somebody proves who they are, it is so as well.
    changed = contacts.rectify_contact(contact_id=wanted.contact_id, given=given, seen=seen, actor=actor, now=now)
    request = locked_request(request_id)
    if changed:
        add_step(request, Step.RECTIFIED, by=actor, now=now)
        details = ", ".join(changed)
        audit.record(Actor.member(actor), audit_events.REQUEST_RECTIFIED, request, at=now, details=details)
    return request


def heed_objection(request: SubjectRequest, *, by: Membership, now: datetime) -> None:
    """Write to a visitor no more, nor ask them how it was, from now on: part of the answer to their objection."""
    if request.contact_id is None or not _set(request.contact_id, now):
        return
    add_step(request, Step.OBJECTED, by=by, now=now)
    audit.record(Actor.member(by), audit_events.REQUEST_OBJECTED, request, at=now, contact=request.contact_id)


@sensitive_variables("note")
def lift_objection(*, request_id: UUID, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """Let a visitor be written to and asked again, who has said so. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError: There is none.
        OtherStateError: No objection of this visitor is heeded by this request.
        NoteMissingError: It does not say why.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor, is_wanted=True)
    request = SubjectRequest.objects.select_for_update(of=("self",)).filter(id=request_id).first()
    if request is None:
        raise UnknownRequestError
    if request.kind != RequestKind.OBJECTION or request.contact_id is None or not _set(request.contact_id, None):
        raise OtherStateError
    add_step(request, Step.LIFTED, by=actor, note=said, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_LIFTED, request, at=now, contact=request.contact_id)
    lifted: SubjectRequest = request
    return lifted


def _set(contact_id: UUID, objected_at: datetime | None) -> bool:
    """Whether it was otherwise."""
    otherwise = Contact.objects.filter(id=contact_id, objected_at__isnull=objected_at is not None)
    return bool(otherwise.update(objected_at=objected_at))
