"""What an answer to a data subject request does to what is kept: details put right, an objection or a restriction in
effect, and lifted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast, merging
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
from chat.models import Contact, ContactDetails, Conversation
from compliance import audit, audit_events
from compliance.models import RequestKind, SubjectRequest
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


@dataclass(frozen=True, slots=True)
class Effect:
    """What is set of a visitor, and how it is told."""

    column: str
    step: Step
    event: str


EFFECTS: Final[Mapping[RequestKind, Effect]] = {
    # Nobody mails them that there is an answer, or asks how it was.
    RequestKind.OBJECTION: Effect("objected_at", Step.OBJECTED, audit_events.REQUEST_OBJECTED),
    # And besides, what they said is out of lists, searches and exports, but for who handles requests.
    RequestKind.RESTRICTION: Effect("restricted_at", Step.RESTRICTED, audit_events.REQUEST_RESTRICTED),
}


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


def take_effect(request: SubjectRequest, *, by: Membership, now: datetime) -> None:
    """Do what an answer to an objection, or to a request for restriction, does from now on."""
    effect = EFFECTS.get(RequestKind(request.kind))
    if effect is None or request.contact_id is None or not _set(request.contact_id, effect.column, now):
        return
    add_step(request, effect.step, by=by, now=now)
    audit.record(Actor.member(by), effect.event, request, at=now, contact=request.contact_id)


@sensitive_variables("note")
def lift(*, request_id: UUID, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """End what an answer to an objection or a restriction did. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError: There is none.
        OtherStateError: Nothing of this visitor is in effect by this request.
        NoteMissingError: It does not say why.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor, is_wanted=True)
    rows = SubjectRequest.objects.select_for_update(of=("self",))
    request: SubjectRequest | None = rows.filter(id=request_id).first()
    if request is None:
        raise UnknownRequestError
    effect = EFFECTS.get(RequestKind(request.kind))
    if request.is_open or effect is None or request.contact_id is None:
        raise OtherStateError
    if not _set(request.contact_id, effect.column, None):
        raise OtherStateError
    add_step(request, Step.LIFTED, by=actor, note=said, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_LIFTED, request, at=now, contact=request.contact_id)
    return request


def _set(contact_id: UUID, column: str, at: datetime | None) -> bool:
    """Set it of a person; whether it was otherwise. Screens look again at what goes on."""
    person = merging.one_person(contact_id)
    otherwise = Contact.objects.filter(id__in=person, **{f"{column}__isnull": at is not None})
    if not otherwise.update(**{column: at}):
        return False
    for conversation in Conversation.objects.filter(contact_id__in=person).open():
        broadcast.conversation_changed(conversation)
    return True
