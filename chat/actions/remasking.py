"""Mask stored messages by newer rules: open, mask, reseal. It only adds masks; what is gone is gone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from chat import broadcast
from chat.models import AuthorKind, Finding, Message
from chat.protocol.relay import PostedEntry
from compliance import audit, audit_events
from compliance.masking import AGENT, CARD_CLASS, VISITOR, Context, MaskedText, MaskingError, Utterance, mask_window
from compliance.masking.window import REMEMBERED, WITHIN_S
from compliance.rule_sets import RuleSetInForce
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.actors import Actor
from tenants.encryption.resealing import reseal
from tenants.keyring.ring import KeyUnavailableError

WINDOW: Final = timedelta(seconds=WITHIN_S)


@dataclass(slots=True)
class Remasked:
    """What one batch did; `last` is the last message looked at, with its old rule set number."""

    looked_at: int = 0
    changed: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    last: tuple[int, UUID] | None = None


@dataclass(slots=True)
class Change:
    """A message whose stored text is replaced, with what was newly found in it."""

    message: Message
    masked: MaskedText


def remask_batch(*, rule_set: RuleSetInForce, after: tuple[int, UUID] | None, limit: int, now: datetime) -> Remasked:
    """Mask up to `limit` messages that older rules scanned, in the order (rule set number, id).

    Rows that a post or a purge holds are passed over; so is a message the masker cannot finish, which stays
    outdated for the next run. Call it inside the tenant's scope.
    """
    outdated = _outdated(rule_set.number, after, limit)
    done = Remasked(looked_at=len(outdated))
    if not outdated:
        return done
    done.last = (outdated[-1].masked_with, outdated[-1].id)
    due = {message.id for message in outdated}
    rows = sorted([*outdated, *_neighbours(due)], key=lambda message: (message.conversation_id, message.sequence))
    changes: list[Change] = []
    scanned: list[UUID] = []
    for _, thread in groupby(rows, key=lambda message: message.conversation_id):
        walk = _Walk(rule_set, due)
        walk.through(thread)
        changes += walk.changes
        scanned += walk.scanned
        done.counts["FAILED"] += walk.failed
        done.counts["UNREADABLE"] += walk.unreadable
    store_changes(changes, scanned, rule_set.number, now=now, found_by="rescan")
    done.changed = len({change.message.id for change in changes})
    done.counts.update(finding.entity for change in changes for finding in change.masked.findings)
    done.counts = +done.counts
    return done


def has_outdated(number: int) -> bool:
    """Whether older rules scanned a message. Call it inside the tenant's scope."""
    return bool(Message.objects.filter(masked_with__lt=number).exists())


def _outdated(number: int, after: tuple[int, UUID] | None, limit: int) -> list[Message]:
    rows = Message.objects.filter(masked_with__lt=number).select_related("conversation")
    if after is not None:
        rows = rows.filter(Q(masked_with__gt=after[0]) | Q(masked_with=after[0], id__gt=after[1]))
    return list(rows.order_by("masked_with", "id").select_for_update(skip_locked=True, of=("self",))[:limit])


def _neighbours(due: set[UUID]) -> list[Message]:
    """Messages shortly before those of the batch: a number may be split over several."""
    followed = Message.objects.filter(
        id__in=due,
        conversation=OuterRef("conversation"),
        sequence__gt=OuterRef("sequence"),
        posted_at__lte=OuterRef("posted_at") + WINDOW,
    )
    rows = Message.objects.filter(Exists(followed)).exclude(id__in=due).select_related("conversation")
    return list(rows.select_for_update(skip_locked=True, of=("self",)))


class _Walk:
    """Goes through one conversation in order, with the last few texts, masked, at hand."""

    def __init__(self, rule_set: RuleSetInForce, due: set[UUID]) -> None:
        self._rule_set = rule_set
        self._due = due
        self._before: list[tuple[Message, Utterance]] = []
        self.changes: list[Change] = []
        self.scanned: list[UUID] = []
        self.failed = 0
        self.unreadable = 0

    def through(self, thread: Iterable[Message]) -> None:
        for message in thread:
            try:
                self._visit(message)
            except (KeyUnavailableError, UnreadableEnvelopeError):
                # Erased, or not what was stored: nobody can read it, so there is nothing to mask.
                if message.id in self._due:
                    self.scanned.append(message.id)
                    self.unreadable += 1
            except MaskingError:
                self.failed += 1

    def _visit(self, message: Message) -> None:
        before = [(row, said) for row, said in self._before if row.posted_at >= message.posted_at - WINDOW]
        by = VISITOR if message.author_kind == AuthorKind.VISITOR else AGENT
        texts: list[str] = []

        def masked(text: str) -> str:
            if message.id not in self._due:
                texts.append(text)
                return text
            found = mask_window(text, self._rule_set.policy, Context(by, [said for _, said in before]))
            for index, again in found.earlier.items():
                self._replace(before[index][0], again)
            if found.new.text != text:
                self.changes.append(Change(message, found.new))
            texts.append(found.new.text)
            return found.new.text

        self._reseal(message, masked)
        if message.id in self._due:
            self.scanned.append(message.id)
        self._before = [*self._before, (message, Utterance(by, texts[0]))][-REMEMBERED:]

    def _replace(self, message: Message, masked: MaskedText) -> None:
        self._reseal(message, lambda _: masked.text)
        self.changes.append(Change(message, masked))
        self._before = [
            (row, Utterance(said.by, masked.text) if row.id == message.id else said) for row, said in self._before
        ]

    @staticmethod
    def _reseal(message: Message, transform: Callable[[str], str]) -> None:
        slot = Message.slot(message.tenant_id, message.conversation.contact_id, message.id)
        sealed = reseal(slot, bytes(message.body), transform)
        if sealed is not None:
            message.body = sealed


def store_changes(
    changes: Sequence[Change], scanned: Sequence[UUID], number: int, *, now: datetime, found_by: str
) -> None:
    """Store resealed messages with what was newly found in them, and tell open screens.

    Args:
        changes: In the order they were made; each message brings its new body and its conversation.
        scanned: Ids of the messages that the rule set has now scanned.
        number: Of the rule set.
        now: When.
        found_by: What looked: "rescan", or "post" for the parts of a number that a new message completed.
    """
    messages = {change.message.id: change.message for change in changes}
    Message.objects.bulk_update(messages.values(), ["body"], batch_size=100)
    Message.objects.filter(id__in=scanned).update(masked_with=number)
    # In the order of the changes: a message may change twice, by itself and as a part of a split number.
    for change in changes:
        _store_findings(change, number)
        _note_cards(change, number, now, found_by)
    _announce(messages)


def _store_findings(change: Change, number: int) -> None:
    new = change.masked.findings
    kept = []
    for finding in Finding.objects.filter(message_id=change.message.id):
        moved = moved_span(finding.start, finding.end, [(f.start, f.end, f.masked_start, f.masked_end) for f in new])
        if moved is None:
            finding.delete()
        elif moved != (finding.start, finding.end):
            finding.start, finding.end = moved
            kept.append(finding)
    Finding.objects.bulk_update(kept, ["start", "end"])
    Finding.objects.bulk_create(
        Finding(
            tenant_id=change.message.tenant_id,
            message_id=change.message.id,
            entity=finding.entity,
            start=finding.masked_start,
            end=finding.masked_end,
            detector=finding.detector,
            rule_set_number=number,
            last_four=(finding.last_four or "") if finding.entity == "CARD" else "",
        )
        for finding in new
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


def _note_cards(change: Change, number: int, now: datetime, found_by: str) -> None:
    """A card found in store, where none should be, is an event of its own (PCI DSS 12.10.7)."""
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


def _announce(messages: Mapping[UUID, Message]) -> None:
    """Replace the messages on every open screen, once they are committed."""
    findings: defaultdict[UUID, list[Finding]] = defaultdict(list)
    for finding in Finding.objects.filter(message_id__in=messages.keys()).order_by("start"):
        findings[finding.message_id].append(finding)
    broadcast.messages_remasked(
        PostedEntry.of(message, message.conversation.contact_id, findings[message.id]) for message in messages.values()
    )
