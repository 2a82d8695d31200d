"""Mask stored messages by newer rules: open, mask, reseal. It only adds masks; what is gone is gone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from chat import broadcast
from chat.actions import rewalking, stored_messages
from chat.actions.rewalking import Walked
from chat.actions.stored_messages import BEGINNING, Batch, Position
from chat.models import Finding, Message
from chat.protocol.relay import PostedEntry
from compliance import audit, audit_events
from compliance.masking import CARD_CLASS, MaskedText, MaskingPolicy
from compliance.registry import Caught
from compliance.rule_sets import RuleSetInForce
from tenants.actors import Actor
from tenants.scoping import current_tenant_id

RECORD_KIND: Final = "chat_message.body"

_PUT: Final = """
    UPDATE chat_message AS held SET body = given.body
    FROM unnest(%s::uuid[], %s::bytea[]) AS given (id, body)
    WHERE held.tenant_id = %s AND held.id = given.id
"""
_SCANNED: Final = "UPDATE chat_message SET masked_with = %s WHERE tenant_id = %s AND id = ANY(%s)"


@dataclass(slots=True)
class Remasked:
    """What one batch did; `last` is sequence and conversation of the last message looked at.

    `counts` are findings per entity; of a count that writes nothing, messages per entity.
    """

    looked_at: int = 0
    changed: int = 0
    failed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    caught: list[Caught] = field(default_factory=list)
    last: tuple[int, UUID] | None = None


@dataclass(slots=True)
class Change:
    """A message whose stored text is replaced, with what was newly found in it."""

    message: Message
    masked: MaskedText


def remask_batch(*, rule_set: RuleSetInForce, after: tuple[int, UUID] | None, limit: int) -> Remasked:
    """Mask up to `limit` messages that older rules scanned, conversation by conversation, beyond a place.

    Rows that a post or a purge holds are passed over; so is a message the masker cannot finish, which stays
    outdated. Call it inside the tenant's scope.

    Raises:
        KeyProviderError: The organisation's keys are out of reach; nothing was done.
    """
    batch = stored_messages.outdated(rule_set.number, after=_position(after), limit=limit)
    done, walked = _walked(batch, rule_set)
    messages = Message.objects.filter(id__in=walked.bodies.keys()).select_related("conversation").in_bulk()
    for identifier, body in walked.bodies.items():
        messages[identifier].body = body
    changes = [Change(messages[identifier], masked) for identifier, masked in walked.changes]
    let_pass = {row.id: row.masked_with for thread in batch.threads for row in thread}
    store_changes(changes, walked.scanned, rule_set.number)
    done.counts.update(finding.entity for change in changes for finding in change.masked.findings)
    done.caught = list(_caught(changes, let_pass))
    return done


def count_every(*, policy: MaskingPolicy, after: tuple[int, UUID] | None, limit: int) -> Remasked:
    """Count what a policy would mask in up to `limit` messages beyond a place. Nothing is written."""
    return _counted(stored_messages.every(after=_position(after), limit=limit), policy)


def count_recent(*, policy: MaskingPolicy, after: UUID, until: UUID, limit: int) -> tuple[Remasked, UUID | None]:
    """Count what a policy would mask in the newest messages, and return the id of the last one with it."""
    batch = stored_messages.recent(after=after, until=until, limit=limit)
    return _counted(batch, policy), batch.due[-1].id if batch.due else None


def has_outdated(number: int) -> bool:
    """Whether older rules scanned a message. Call it inside the tenant's scope."""
    return bool(Message.objects.filter(masked_with__lt=number).exists())


def count_outdated(number: int) -> int:
    """How many messages older rules scanned. Call it inside the tenant's scope."""
    return int(Message.objects.filter(masked_with__lt=number).count())


def _position(after: tuple[int, UUID] | None) -> Position:
    return BEGINNING if after is None else (after[1], after[0])


def _walked(batch: Batch, rule_set: RuleSetInForce) -> tuple[Remasked, Walked]:
    done = Remasked(looked_at=len(batch.due))
    if not batch.due:
        return done, Walked()
    done.last = (batch.due[-1].sequence, batch.due[-1].conversation_id)
    walked = rewalking.walk(batch, rule_set)
    done.changed, done.failed = len(walked.bodies), walked.failed
    if walked.unreadable:
        done.counts["UNREADABLE"] = walked.unreadable
    return done, walked


def _counted(batch: Batch, policy: MaskingPolicy) -> Remasked:
    done, walked = _walked(batch, RuleSetInForce(0, policy))
    kinds: defaultdict[UUID, set[str]] = defaultdict(set)
    for identifier, masked in walked.changes:
        kinds[identifier].update(finding.entity for finding in masked.findings)
    done.counts.update(entity for entities in kinds.values() for entity in entities)
    return done


def _caught(changes: Iterable[Change], let_pass: Mapping[UUID, int]) -> Iterable[Caught]:
    """The card data among what was found, per message."""
    found: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    conversations = {}
    for change in changes:
        kinds = [finding.entity for finding in change.masked.findings if finding.entity in CARD_CLASS]
        if kinds:
            found[change.message.id].update(kinds)
            conversations[change.message.id] = change.message.conversation_id
    for identifier, counts in found.items():
        yield Caught(RECORD_KIND, identifier, conversations[identifier], counts, let_pass[identifier])


def store_changes(changes: Sequence[Change], scanned: Sequence[UUID], number: int) -> None:
    """Store resealed messages with what was newly found in them, and tell open screens.

    Args:
        changes: In the order they were made; each message brings its new body and its conversation.
        scanned: Ids of the messages that the rule set has now scanned.
        number: Of the rule set.
    """
    messages = {change.message.id: change.message for change in changes}
    with connection.cursor() as cursor:
        if messages:
            bodies = [bytes(message.body) for message in messages.values()]
            cursor.execute(_PUT, [[*messages], bodies, current_tenant_id()])
        if scanned:
            cursor.execute(_SCANNED, [number, current_tenant_id(), [*scanned]])
    if not changes:
        return
    _announce(messages, _store_findings(changes, number))


def _store_findings(changes: Sequence[Change], number: int) -> Mapping[UUID, list[Finding]]:
    """Add what was found and move what was known; return all findings of the messages, in their order."""
    ids = {change.message.id for change in changes}
    known: defaultdict[UUID, list[Finding]] = defaultdict(list)
    for finding in Finding.objects.filter(message_id__in=ids):
        known[finding.message_id].append(finding)
    was = {finding.id: (finding.start, finding.end) for findings in known.values() for finding in findings}
    for change in changes:
        known[change.message.id] = [*_moved(known[change.message.id], change), *_found(change, number)]
    kept = [finding for findings in known.values() for finding in findings]
    stored = {finding.id for finding in kept}
    if gone := was.keys() - stored:
        Finding.objects.filter(id__in=gone).delete()
    moved = [one for one in kept if one.id in was and was[one.id] != (one.start, one.end)]
    Finding.objects.bulk_update(moved, ["start", "end"])
    Finding.objects.bulk_create(one for one in kept if one.id not in was)
    return {identifier: sorted(findings, key=lambda one: one.start) for identifier, findings in known.items()}


def _moved(findings: Iterable[Finding], change: Change) -> Iterable[Finding]:
    new = [(f.start, f.end, f.masked_start, f.masked_end) for f in change.masked.findings]
    for finding in findings:
        span = moved_span(finding.start, finding.end, new)
        if span is not None:
            finding.start, finding.end = span
            yield finding


def _found(change: Change, number: int) -> Iterable[Finding]:
    for finding in change.masked.findings:
        yield Finding(
            tenant_id=change.message.tenant_id,
            message_id=change.message.id,
            entity=finding.entity,
            start=finding.masked_start,
            end=finding.masked_end,
            detector=finding.detector[:40],
            rule_set_number=number,
            last_four=(finding.last_four or "") if finding.entity == "CARD" else "",
        )


def moved_span(start: int, end: int, new: Sequence[tuple[int, int, int, int]]) -> tuple[int, int] | None:
    """Return where a span lies once the new findings are placed; None if one of them covers it.

    Args:
        start: First code point in the text before.
        end: One past the last.
        new: For each new finding: start and end in the text before, start and end in the text after.
    """
    shift = 0
    for was_start, was_end, now_start, now_end in new:
        if was_start < end and start < was_end:
            return None
        if was_end <= start:
            shift += (now_end - now_start) - (was_end - was_start)
    return start + shift, end + shift


def note_parts(changes: Iterable[Change], number: int, *, now: datetime, found_by: str = "post") -> None:
    """A card that was stored readable is an event of its own (PCI DSS 12.10.7): in parts, or until somebody saw it."""
    for change in changes:
        caught = [finding.entity for finding in change.masked.findings if finding.entity in CARD_CLASS]
        if caught:
            audit.record(
                Actor.system(),
                audit_events.CARD_CAUGHT,
                change.message,
                at=now,
                conversation=change.message.conversation_id,
                entities=", ".join(sorted(set(caught))),
                count=len(caught),
                rule_set=number,
                found_by=found_by,
            )


def _announce(messages: Mapping[UUID, Message], findings: Mapping[UUID, list[Finding]]) -> None:
    """Replace the messages on every open screen, once they are committed."""
    broadcast.messages_remasked(
        PostedEntry.of(message, message.conversation.contact_id, findings.get(identifier, []))
        for identifier, message in messages.items()
    )
