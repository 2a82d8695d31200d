"""Report what masking missed or hid without need, and decide what comes of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from chat import broadcast
from chat.actions.remasking import Change, note_parts, store_changes
from chat.models import (
    AuthorKind,
    DeclineReason,
    Finding,
    MaskingReport,
    Message,
    Outcome,
    ReportKind,
    ReportState,
)
from compliance import audit, audit_events, incidents, rule_sets
from compliance.masking import CARD_CLASS, ENTITIES, OTHER
from compliance.masking.by_hand import DETECTOR as BY_HAND
from compliance.masking.by_hand import mask_by_hand
from compliance.masking.shapes import KeptShape, kept_of
from compliance.registry import Caught
from tenants.actors import Actor
from tenants.encryption.resealing import reseal
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability
from tenants.scoping import tenant_scope


class MessageNotFoundError(LookupError):
    """There is no such message, or nobody wrote it."""


class MessageChangedError(Exception):
    """The message is not what it was when the report was begun."""


class NothingReportedError(ValueError):
    """The span is empty, or what is reported is hidden already, or is not."""


class ReportNotFoundError(LookupError):
    """There is no such report."""


class ReportDecidedError(Exception):
    """Somebody has decided it already."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A message, by its place in the team's numbering of a conversation."""

    conversation_id: UUID
    sequence: int


Span = tuple[int, int]


def report_miss(
    *, spot: Spot, span: Span, entity: str, mask_now: bool, version: str, actor: Membership, now: datetime
) -> MaskingReport:
    """Keep the shape of what was missed, and mask it where it lies if the reporter wants that.

    Args:
        spot: The message.
        span: First code point in the stored text, and one past the last.
        entity: What it is; `OTHER` for something no detector knows.
        mask_now: Whether the message is sealed anew with a placeholder there. That cannot be taken back.
        version: Of the text the reporter saw, see `Message.version_of`.
        actor: Who reports.
        now: When.

    Raises:
        NotPermittedError: The actor may not answer conversations.
        MessageNotFoundError: There is no such message in the actor's organisation.
        MessageChangedError: It was masked further meanwhile.
        NothingReportedError: The span is empty or hidden already.
    """
    with tenant_scope(actor.tenant_id):
        require(actor, Capability.ANSWER_CONVERSATIONS)
        message = _locked(spot)
        if (known := _reported(message, ReportKind.MISS, span)) is not None:
            return known
        if Message.version_of(bytes(message.body)) != version:
            raise MessageChangedError
        shapes: list[KeptShape] = []
        changes: list[Change] = []

        def looked_at(text: str) -> str:
            masked = mask_by_hand(text, [span], entity)
            if not 0 <= span[0] < span[1] <= len(text) or masked.text == text:
                raise NothingReportedError
            shapes.append(kept_of(text, *span))
            changes.append(Change(message, masked))
            return masked.text if mask_now else text

        slot = Message.slot(message.tenant_id, message.conversation.contact_id, message.id)
        sealed = reseal(slot, bytes(message.body), looked_at)
        about = _About(
            ReportKind.MISS, entity if entity in ENTITIES else OTHER, "", span, shapes[0], is_masked=mask_now
        )
        report = _kept(message, about, actor, now)
        if sealed is not None:
            message.body = sealed
            _store_masked(changes, report, actor, now)
        if mask_now:
            _note_leak(report, actor, now)
    return report


def report_false_alarm(*, spot: Spot, span: Span, actor: Membership, now: datetime) -> MaskingReport:
    """Keep what a value was taken for and what stood around it. The value itself is gone; nothing is shown again.

    Raises:
        NotPermittedError: The actor may not answer conversations.
        MessageNotFoundError: There is no such message in the actor's organisation.
        NothingReportedError: Nothing is hidden at that span.
    """
    with tenant_scope(actor.tenant_id):
        require(actor, Capability.ANSWER_CONVERSATIONS)
        message = _locked(spot)
        finding = Finding.objects.filter(message_id=message.id, start=span[0], end=span[1]).first()
        if finding is None:
            raise NothingReportedError
        if (known := _reported(message, ReportKind.FALSE_ALARM, span)) is not None:
            return known
        shapes: list[KeptShape] = []

        def looked_at(text: str) -> str:
            shapes.append(kept_of(text, *span))
            return text

        slot = Message.slot(message.tenant_id, message.conversation.contact_id, message.id)
        reseal(slot, bytes(message.body), looked_at)
        around = KeptShape(shapes[0].before, "", shapes[0].after, shapes[0].words)
        about = _About(ReportKind.FALSE_ALARM, finding.entity, finding.detector, span, around)
        return _kept(message, about, actor, now)


def accept_report(*, report_id: UUID, outcome: Outcome, actor: Membership, now: datetime) -> MaskingReport:
    """Say that a report was right, and what came of it: card data that had been missed is an incident.

    Raises:
        NotPermittedError: The actor does not decide what is masked.
        ReportNotFoundError: There is no such report in the actor's organisation.
        ReportDecidedError: It was decided before.
    """
    with tenant_scope(actor.tenant_id):
        report = _decide(report_id, actor, now, state=ReportState.ACCEPTED, outcome=outcome)
        _note_leak(report, actor, now)
    return report


def decline_report(*, report_id: UUID, reason: DeclineReason, actor: Membership, now: datetime) -> MaskingReport:
    """Say that nothing comes of a report, and why.

    Raises:
        NotPermittedError: The actor does not decide what is masked.
        ReportNotFoundError: There is no such report in the actor's organisation.
        ReportDecidedError: It was decided before.
    """
    return _decide(report_id, actor, now, state=ReportState.DECLINED, reason=reason)


def _locked(spot: Spot) -> Message:
    messages: QuerySet[Message] = Message.objects.of(spot.conversation_id).exclude(author_kind=AuthorKind.SYSTEM)
    rows = messages.filter(sequence=spot.sequence).select_related("conversation")
    found = rows.select_for_update(of=("self",)).first()
    if found is None:
        raise MessageNotFoundError
    return found


def _reported(message: Message, kind: ReportKind, span: Span) -> MaskingReport | None:
    """The same, reported before: a second press of the button, or a colleague."""
    same = MaskingReport.objects.filter(message_id=message.id, kind=kind, start=span[0], end=span[1])
    found: MaskingReport | None = same.filter(state=ReportState.NEW).first()
    return found


@dataclass(frozen=True, slots=True)
class _About:
    kind: ReportKind
    entity: str
    detector: str
    span: Span
    shape: KeptShape
    is_masked: bool = False


def _kept(message: Message, about: _About, actor: Membership, now: datetime) -> MaskingReport:
    report = MaskingReport.objects.create(
        tenant_id=message.tenant_id,
        message=message,
        kind=about.kind,
        entity=about.entity,
        detector=about.detector,
        start=about.span[0],
        end=about.span[1],
        before=about.shape.before,
        value=about.shape.value,
        after=about.shape.after,
        words=list(about.shape.words),
        masked_now=about.is_masked,
        rule_set_number=message.masked_with,
        reported_by=actor,
        reported_at=now,
    )
    audit.record(
        Actor.member(actor), audit_events.MASKING_REPORTED, report, at=now,
        conversation=message.conversation_id, kind=about.kind.value, entity=about.entity,
    )  # fmt: skip
    return report


def _store_masked(changes: list[Change], report: MaskingReport, actor: Membership, now: datetime) -> None:
    """Store the message sealed anew, tell open screens, and say who did it."""
    message = changes[0].message
    number = rule_sets.current(message.tenant_id).number
    store_changes(changes, (), number)
    note_parts(changes, number, now=now, found_by=BY_HAND)
    # Lists show the last line of a conversation.
    broadcast.conversation_changed(message.conversation)
    audit.record(
        Actor.member(actor), audit_events.MESSAGE_MASKED, message, at=now,
        conversation=message.conversation_id, report=report.id, entity=report.entity,
    )  # fmt: skip


def _note_leak(report: MaskingReport, actor: Membership, now: datetime) -> None:
    """Card data that lay readable in a stored text is an incident, once a person had it masked or said that it is so.

    PCI DSS v4.0.1, 12.10.7.
    """
    if report.kind != ReportKind.MISS or report.entity not in CARD_CLASS:
        return
    message = Message.objects.only("id", "conversation_id").get(id=report.message_id)
    incidents.note_reported(
        report.tenant_id,
        report.id,
        Caught("chat_message.body", message.id, message.conversation_id, {report.entity: 1}, report.rule_set_number),
        found_with=rule_sets.current(report.tenant_id).number,
        actor=Actor.member(actor),
        now=now,
    )


def _decide(report_id: UUID, actor: Membership, now: datetime, **decided: str) -> MaskingReport:
    with tenant_scope(actor.tenant_id):
        require(actor, Capability.MANAGE_MASKING)
        report: MaskingReport | None = MaskingReport.objects.select_for_update().filter(id=report_id).first()
        if report is None:
            raise ReportNotFoundError
        if report.state != ReportState.NEW:
            raise ReportDecidedError
        for name, value in decided.items():
            setattr(report, name, value)
        report.decided_by, report.decided_at = actor, now
        report.save(update_fields=[*decided, "decided_by", "decided_at"])
        facts = {name: str(value) for name, value in decided.items()}
        audit.record(Actor.member(actor), audit_events.MASKING_REPORT_DECIDED, report, at=now, **facts)
    return report
