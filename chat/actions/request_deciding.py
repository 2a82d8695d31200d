"""Decide a data subject request: answer or refuse it, where a policy asks for it with a second person.

To answer one for erasure is to erase, and one for access to put an archive together: a job carries it out, so that
neither a closed browser nor a killed worker leaves it half done (`chat.actions.request_erasing`,
`chat.archive_building`).
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from chat.actions import request_effects, request_erasing
from chat.actions.subject_requests import Noted, OtherStateError, Step, add_step, locked_request, noted
from chat.models import Contact
from compliance import audit, audit_events
from compliance.models import RefusalReason, RequestKind, RequestState, SubjectRequest
from tenants import policies
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.policy_names import REQUESTS_BY, TWO_PEOPLE
from tenants.roles import Capability
from tenants.tasks_base import Enqueuer, TenantTask

#: Of which something leaves, or goes.
BY_TWO: Final = frozenset({RequestKind.ACCESS, RequestKind.PORTABILITY, RequestKind.ERASURE})


_archiving: Final[list[TenantTask]] = []


def hand_out_by(task: TenantTask) -> None:
    """Make the job known, once, that puts archives together: it stands above the doors to plaintext."""
    if not _archiving:
        _archiving.append(task)


class IdentityOpenError(Exception):
    """Nobody has settled yet whether whoever asks is the one."""


class SamePersonError(Exception):
    """Whoever has decided does not agree to it as well."""


@sensitive_variables("note")
def answer_request(*, request_id: UUID, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """Answer a request, with a word about what was done; of an erasure, do it.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError, NoteMissingError, IdentityOpenError: As their names say.
        OtherStateError: It is decided already.
        HeldRecordError: It is to be erased, and a legal hold keeps something of the visitor.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor, is_wanted=True)
    request = _undecided(request_id)
    if not request.identity:
        raise IdentityOpenError
    if _erases(request):
        request_erasing.require_not_held(request)
    return _decide(request, RequestState.ANSWERED, said, actor, now)


@sensitive_variables("note")
def refuse_request(
    *, request_id: UUID, refused_for: RefusalReason, note: str, actor: Membership, now: datetime
) -> SubjectRequest:
    """Refuse a request for a reason that its law knows. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError: As their names say.
        OtherStateError: It is decided already.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor)
    request = _undecided(request_id)
    request.refused_for = refused_for
    return _decide(request, RequestState.REFUSED, said, actor, now)


def agree_to_request(*, request_id: UUID, actor: Membership, now: datetime) -> SubjectRequest:
    """Agree, as a second person, to what was decided; it is done then. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError: As their names say.
        OtherStateError: Nothing waits for that.
        SamePersonError: The actor is the one who has decided.
        HeldRecordError: It is to be erased, and a legal hold keeps something of the visitor.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    request = _waiting(request_id)
    if request.decided_by_id == actor.id:
        raise SamePersonError
    if _erases(request):
        request_erasing.require_not_held(request)
    request.agreed_by = actor
    add_step(request, Step.AGREED, by=actor, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_AGREED, request, at=now, decided_by=request.decided_by_id)
    return _carry_out(request, actor, now)


@sensitive_variables("note")
def send_back(*, request_id: UUID, note: str, actor: Membership, now: datetime) -> SubjectRequest:
    """Do not agree; or take back what one has decided oneself. It goes on where it was.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not.
        UnknownRequestError, RequestClosedError: As their names say.
        OtherStateError: Nothing waits for that.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    said = noted(note, actor)
    request = _waiting(request_id)
    request_erasing.put_back(request)
    add_step(request, Step.SENT_BACK, by=actor, note=said, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_SENT_BACK, request, at=now)
    return request


def needs_two(request: SubjectRequest) -> bool:
    """Whether an answer to it is one of those that two people decide. Call it inside the tenant's scope."""
    return request.kind in BY_TWO and policies.in_force(request.tenant, REQUESTS_BY).value == TWO_PEOPLE


def _undecided(request_id: UUID) -> SubjectRequest:
    request = locked_request(request_id)
    if request.state in {RequestState.APPROVAL, RequestState.CARRIED_OUT}:
        raise OtherStateError
    return request


def _waiting(request_id: UUID) -> SubjectRequest:
    request = locked_request(request_id)
    if request.state != RequestState.APPROVAL:
        raise OtherStateError
    return request


def _erases(request: SubjectRequest) -> bool:
    """Whether an answer to it erases somebody who is there."""
    if request.kind != RequestKind.ERASURE or request.outcome == RequestState.REFUSED or request.contact_id is None:
        return False
    return bool(Contact.objects.filter(id=request.contact_id).exists())


def _hands_out(request: SubjectRequest) -> bool:
    """Whether an answer to it hands out what is kept of somebody who is there."""
    is_wanted = request.kind in {RequestKind.ACCESS, RequestKind.PORTABILITY}
    if not is_wanted or request.outcome == RequestState.REFUSED or request.contact_id is None:
        return False
    return bool(Contact.objects.filter(id=request.contact_id).exists())


def _send_on(request: SubjectRequest, job: Enqueuer, actor: Membership, now: datetime) -> SubjectRequest:
    """Let a job do what was decided."""
    request.state = RequestState.CARRIED_OUT
    request.save()
    audit.record(Actor.member(actor), audit_events.REQUEST_SENT_ON, request, at=now, kind=str(request.kind))
    # Robust: with Valkey away beat takes it up within minutes.
    transaction.on_commit(partial(job.delay, request_id=request.id), robust=True)
    return request


def _decide(
    request: SubjectRequest, outcome: RequestState, said: Noted, actor: Membership, now: datetime
) -> SubjectRequest:
    request.outcome, request.decided_by, request.decided_at = outcome.value, actor, now
    if outcome == RequestState.REFUSED or not needs_two(request):
        if said.text is not None:
            add_step(request, Step.NOTE, by=actor, note=said, now=now)
        return _carry_out(request, actor, now)
    request.state = RequestState.APPROVAL
    request.save()
    add_step(request, Step.PROPOSED, by=actor, note=said, now=now)
    audit.record(Actor.member(actor), audit_events.REQUEST_PROPOSED, request, at=now, outcome=outcome.value)
    return request


def _carry_out(request: SubjectRequest, actor: Membership, now: datetime) -> SubjectRequest:
    if _erases(request):
        return _send_on(request, request_erasing.erase_for_request.for_tenant(request.tenant_id), actor, now)
    if _hands_out(request):
        return _send_on(request, _archiving[0].for_tenant(request.tenant_id), actor, now)
    if request.outcome == RequestState.ANSWERED:
        request_effects.take_effect(request, by=actor, now=now)
    request_erasing.close(request, RequestState(request.outcome), actor=Actor.member(actor), by=actor, now=now)
    return request
