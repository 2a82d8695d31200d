"""What chat holds, for retention, re-scan and export: compliance reaches it through its registry."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from chat import disclosure, selectors
from chat.actions import erasure, remasking, remasking_columns
from chat.models import Assignment, Contact, Conversation, Finding, Message, PreChatAnswer, VisitorSession
from chat.protocol.events import MessagePosted
from compliance.models import RecordClass
from compliance.registry import Erased, Place, Rescanned
from compliance.rule_sets import RuleSetInForce
from tenants.models import Membership

# No rule set gets to this number: the place is in the rows of small texts.
ROWS: Final = 2**31 - 1


class ConversationStore:
    """Conversations, with their messages, findings and assignments, and the people nothing else is left of."""

    record_class: Final = RecordClass.CONVERSATION
    holds: Final = (Conversation, Message, Finding, Assignment, PreChatAnswer, Contact, VisitorSession)

    def erase_expired(self, *, before: datetime, limit: int) -> Erased:
        records, counts = erasure.erase_expired(before=before, limit=limit)
        return Erased(records, counts)

    def erase_all(self, *, limit: int) -> Erased:
        records, counts = erasure.erase_all(limit=limit)
        return Erased(records, counts)

    def has_outdated(self, number: int) -> bool:
        return remasking.has_outdated(number) or remasking_columns.has_outdated_rows(number)

    def rescan(self, *, rule_set: RuleSetInForce, after: Place | None, limit: int, now: datetime) -> Rescanned:
        # Small texts first, in the order of their ids; messages begin when there are no more of them.
        if after is None or after.number == ROWS:
            rows = remasking_columns.remask_rows(
                rule_set=rule_set, after=after.id if after is not None else None, limit=limit
            )
            if rows.last is not None:
                return Rescanned(rows.looked_at, rows.changed, +rows.counts, Place(ROWS, rows.last))
        begin = None if after is None or after.number == ROWS else (after.number, after.id)
        done = remasking.remask_batch(rule_set=rule_set, after=begin, limit=limit, now=now)
        place = None if done.last is None else Place(*done.last)
        return Rescanned(done.looked_at, done.changed, done.counts, place)

    def count(self) -> int:
        return int(Conversation.objects.count())

    def export(self, membership: Membership, *, limit: int, now: datetime) -> Iterator[dict[str, Any]]:
        newest_first = Conversation.objects.select_related("inbox", "contact", "assignee__user").order_by(
            "-created_at", "-id"
        )
        for conversation in newest_first[:limit]:
            yield _exported(conversation, membership)


def _exported(conversation: Conversation, membership: Membership) -> dict[str, Any]:
    """One conversation as a member may read it; each message goes through the one door to plaintext."""
    entries = selectors.entries_after(conversation, 0, conversation.last_sequence, public=False)
    details = disclosure.exported_details(conversation.contact, membership)
    assignee = conversation.assignee
    known = disclosure.details(conversation, membership)
    return {
        "reference": conversation.reference,
        "id": conversation.id,
        "visitor": selectors.visitor_name(conversation.contact_id),
        "contact": dict(details.given()),
        "inbox": conversation.inbox.name,
        "subject": known.subject,
        "page": known.page,
        "referrer": known.referrer,
        "answers": [{"question": answer.label, "answer": answer.value} for answer in known.answers],
        "status": conversation.status,
        "assigned_to": assignee.user.name if assignee is not None else None,
        "started_at": conversation.created_at.isoformat(),
        "resolved_at": conversation.resolved_at and conversation.resolved_at.isoformat(),
        "messages": [_exported_message(disclosure.for_viewer(entry, membership)) for entry in entries],
    }


def _exported_message(message: MessagePosted) -> dict[str, Any]:
    return {
        "sequence": message.sequence,
        "at": message.at.isoformat(),
        "author": {"kind": message.author.kind, "name": message.author.name},
        "kind": message.kind,
        "text": message.text,
        "masked": sorted({finding.entity for finding in message.findings}),
    }
