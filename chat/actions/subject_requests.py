"""Register what people ask about their own data: asked in the chat by themselves, or taken down by a member."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from chat import people
from chat.models import Contact, VisitorSession
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.masking import MaskedText
from compliance.models import (
    OPEN_REQUEST,
    Identity,
    RequestKind,
    RequestRegime,
    RequestState,
    RequestStep,
    SubjectRequest,
)
from compliance.models.subject_request import CLOSED, MAX_NOTE, MAX_WORDS, NEW
from compliance.sealed_text import seal_masked
from compliance.subject_terms import REGIME_OF, TERMS
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

Step = RequestStep.Step
#: A letter that came so long ago is somebody's mistake in a date.
OLDEST: Final = timedelta(days=366)
#: Of one visitor: more that wait at once say nothing new.
MAX_OPEN: Final = 5


class UnknownRequestError(LookupError):
    """The organisation has no such request."""


class RequestClosedError(Exception):
    """It was answered or refused already."""


class OtherStateError(Exception):
    """It is not where this step begins: somebody was quicker."""


class UnknownContactError(LookupError):
    """There is no such visitor, or not any more."""


class BadDayError(ValueError):
    """It lies in the future, or too long ago."""


class NoteMissingError(ValueError):
    """This step is not taken without a word about it."""


class TooManyRequestsError(Exception):
    """This visitor has as many requests waiting as there may be."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A member's words, masked by every rule, and the rule set that scanned them; None if there were none."""

    text: MaskedText | None
    number: int


@sensitive_variables("note")
def noted(note: str, actor: Membership, *, is_wanted: bool = False) -> Noted:
    """Mask what a member says of a step. Before anything is locked: the engine takes its time.

    Raises:
        NoteMissingError: It is empty, and wanted.
        MaskingError: The masker could not finish; nothing is stored.
    """
    cleaned = " ".join(note.split())
    rule_set = rule_sets.current(actor.tenant)
    if not cleaned:
        if is_wanted:
            raise NoteMissingError
        return Noted(None, rule_set.number)
    return Noted(ingest(cleaned, surface=surfaces.REQUEST_NOTE, rule_set=rule_set, most=MAX_NOTE), rule_set.number)


@sensitive_variables("note")
def open_request(
    *, kind: RequestKind, regime: RequestRegime, contact_id: UUID | None, received_on: date, note: str,
    actor: Membership, now: datetime,
) -> SubjectRequest:  # fmt: skip
    """Take down what somebody asks who wrote, called or came by. Call it inside the tenant's scope.

    Args:
        contact_id: The visitor; None where nobody is known, so that the answer to that is kept as well.
        received_on: The day it came in, in UTC: the term counts from there.

    Raises:
        NotPermittedError: The member may not.
        UnknownContactError: There is no such visitor.
        BadDayError: The day is none.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    if not now.date() - OLDEST <= received_on <= now.date():
        raise BadDayError
    said = noted(note, actor)
    if contact_id is not None and not Contact.objects.select_for_update().filter(id=contact_id).exists():
        raise UnknownContactError
    received_at = now if received_on == now.date() else datetime.combine(received_on, time.min, tzinfo=UTC)
    made = _made(actor.tenant_id, kind, regime, contact_id, received_at)
    made.opened_by, made.mailed_stage, made.masked_with = actor, NEW, said.number
    made.save(force_insert=True)
    add_step(made, Step.OPENED, by=actor, note=said, now=now)
    _record_opened(made, Actor.member(actor), now)
    return made


@sensitive_variables("words")
def ask_by_visitor(
    *, contact_id: UUID, session_id: UUID, kind: RequestKind, words: str, is_proven: bool, now: datetime
) -> SubjectRequest:
    """Register what a visitor asks in the chat, in their own words. Call it inside the tenant's scope.

    Args:
        is_proven: Whether this browser has proven who they are, and that still counts.

    Raises:
        UnknownContactError: They are gone, or this browser is not theirs.
        TooManyRequestsError: As its name says.
        MaskingError: The masker could not finish; nothing is stored.
    """
    session = VisitorSession.objects.filter(id=session_id, contact_id=contact_id).first()
    contact = Contact.objects.select_for_update().filter(id=contact_id).first()
    if session is None or contact is None:
        raise UnknownContactError
    rule_set = rule_sets.current(contact.tenant_id)
    masked = ingest(words.strip(), surface=surfaces.REQUEST_WORDS, rule_set=rule_set, most=MAX_WORDS)
    if SubjectRequest.objects.filter(OPEN_REQUEST, contact_id=contact_id, by_visitor=True).count() >= MAX_OPEN:
        raise TooManyRequestsError
    made = _made(contact.tenant_id, kind, regime_of(contact_id), contact_id, now)
    made.by_visitor, made.masked_with = True, rule_set.number
    if masked.text:
        made.words = seal_masked(SubjectRequest.slot(made.tenant_id, contact_id, made.id), masked)
    made.save(force_insert=True)
    add_step(made, Step.OPENED, now=now)
    _record_opened(made, Actor.visitor(session_id), now)
    if is_proven:
        settle_identity(made, Identity.PROOF, actor=Actor.visitor(session_id), now=now)
    return made


def register_answered(
    *, contact: Contact, kind: RequestKind, actor: Actor, now: datetime,
    certificate: tuple[Mapping[str, Any], str] | None = None,
) -> SubjectRequest:  # fmt: skip
    """Register what a visitor, who has proven to be the one, asked for and had at once.

    Args:
        certificate: Of an erasure: its facts, and their SHA-256.
    """
    made = _made(contact.tenant_id, kind, regime_of(contact.id), contact.id, now)
    made.by_visitor, made.masked_with, made.mailed_stage = True, rule_sets.current(contact.tenant_id).number, NEW
    made.identity, made.identity_at = Identity.PROOF, now
    made.state, made.outcome, made.decided_at, made.closed_at = (
        RequestState.ANSWERED, RequestState.ANSWERED.value, now, now,
    )  # fmt: skip
    if certificate is not None:
        made.certificate, made.certificate_sha256 = dict(certificate[0]), certificate[1]
    made.save(force_insert=True)
    for step in (Step.OPENED, Step.ANSWERED):
        add_step(made, step, now=now)
    _record_opened(made, actor, now)
    audit.record(actor, audit_events.REQUEST_CLOSED, made, at=now, kind=kind.value, outcome=RequestState.ANSWERED.value)
    return made


def note_proven(*, contact_id: UUID, actor: Actor, now: datetime) -> None:
    """Settle who asks: a visitor has just proven in the chat who they are.

    Of what they asked there themselves, and of what they were asked to prove it for. A letter in their name that nobody
    has asked them about stays as it is: they may have proven it for something else.
    """
    waiting = SubjectRequest.objects.filter(OPEN_REQUEST, contact_id=contact_id, identity="")
    waiting = waiting.filter(Q(by_visitor=True) | Q(state=RequestState.IDENTITY))
    for request in waiting.order_by("id").select_for_update():
        settle_identity(request, Identity.PROOF, actor=actor, now=now)


def settle_identity(
    request: SubjectRequest, how: Identity, *, actor: Actor, now: datetime, by: Membership | None = None,
    note: Noted | None = None,
) -> None:  # fmt: skip
    """Write down how it is known that whoever asks is the one; work on it may begin."""
    request.identity, request.identity_at = how, now
    if request.state in {RequestState.RECEIVED, RequestState.IDENTITY}:
        request.state = RequestState.IN_PROGRESS
    request.save(update_fields=["identity", "identity_at", "state"])
    add_step(request, Step.IDENTITY_KNOWN, by=by, note=note, now=now)
    audit.record(actor, audit_events.REQUEST_IDENTITY_KNOWN, request, at=now, how=how.value)


def locked_request(request_id: UUID) -> SubjectRequest:
    """Return an open request, locked.

    Raises:
        UnknownRequestError: There is none.
        RequestClosedError: It is over.
    """
    rows = SubjectRequest.objects.select_for_update(of=("self",)).select_related("tenant")
    request: SubjectRequest | None = rows.filter(id=request_id).first()
    if request is None:
        raise UnknownRequestError
    if request.state in CLOSED:
        raise RequestClosedError
    return request


def add_step(
    request: SubjectRequest, step: Step, *, now: datetime, by: Membership | None = None, note: Noted | None = None,
    to: Membership | None = None,
) -> RequestStep:  # fmt: skip
    """Add to what was done about a request, which the caller has made or locked."""
    number = note.number if note is not None else rule_sets.current(request.tenant_id).number
    before = RequestStep.objects.filter(request=request).count()
    row = RequestStep(
        id=uuid7(), tenant_id=request.tenant_id, request=request, number=before + 1, step=step, at=now, by=by, to=to,
        masked_with=number,
    )  # fmt: skip
    if note is not None and note.text is not None:
        row.note = seal_masked(RequestStep.slot(row.tenant_id, row.id), note.text)
    row.save(force_insert=True)
    return row


def regime_of(contact_id: UUID) -> RequestRegime:
    """Return the law that a visitor's request is registered under: that of the text they were shown last."""
    receipt = people.latest_receipt(contact_id)
    return RequestRegime.GDPR if receipt is None else REGIME_OF[receipt.region]


def _made(
    tenant_id: UUID, kind: RequestKind, regime: RequestRegime, contact_id: UUID | None, received_at: datetime
) -> SubjectRequest:
    return SubjectRequest(
        id=uuid7(), tenant_id=tenant_id, kind=kind, regime=regime, contact_id=contact_id, received_at=received_at,
        due_at=TERMS[regime, kind].due_at(received_at),
    )  # fmt: skip


def _record_opened(request: SubjectRequest, actor: Actor, now: datetime) -> None:
    audit.record(
        actor, audit_events.REQUEST_OPENED, request, at=now, kind=str(request.kind), regime=str(request.regime),
        due=request.due_at.date().isoformat(),
    )  # fmt: skip
