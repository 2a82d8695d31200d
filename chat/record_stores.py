"""What chat holds, for retention, re-scan and export: compliance reaches it through its registry."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chat import contact_disclosure, disclosure, people, selectors, small_texts
from chat.actions import erasure, remasking, remasking_columns
from chat.models import (
    Assignment,
    Attachment,
    Availability,
    ConsentReceipt,
    Contact,
    ContactMerge,
    Conversation,
    DataArchive,
    Finding,
    FormRequest,
    MailedLink,
    MaskingReport,
    Message,
    PreChatAnswer,
    ProofRequest,
    Rating,
    ReadMark,
    UsedToken,
    VisitorFactor,
    VisitorPasskey,
    VisitorSession,
)
from chat.protocol.events import MessagePosted
from compliance.masking import MaskingPolicy
from compliance.models import RecordClass
from compliance.registry import Erased, Place, Rescanned
from compliance.rule_sets import RuleSetInForce
from tenants.models import Membership

# No rule set gets to this number: the place is in the rows of small texts.
ROWS: Final = 2**31 - 1


class ConversationStore:
    """Conversations, with their messages, findings and assignments, and the people nothing else is left of."""

    record_class: Final = RecordClass.CONVERSATION
    holds: Final = (
        Conversation, Message, Finding, MaskingReport, Assignment, ReadMark, PreChatAnswer, Contact, VisitorSession,
        ConsentReceipt, Availability, FormRequest, MailedLink, Rating, ProofRequest, VisitorFactor, UsedToken,
        Attachment, VisitorPasskey, DataArchive, ContactMerge,
    )  # fmt: skip

    def erase_all(self, *, limit: int) -> Erased:
        return erasure.erase_all(limit=limit)

    def has_outdated(self, number: int) -> bool:
        return remasking.has_outdated(number) or remasking_columns.has_outdated_rows(number)

    def rescan(self, *, rule_set: RuleSetInForce, after: Place | None, limit: int, now: datetime) -> Rescanned:
        # Small texts first, in the order of their ids; messages begin when there are no more of them.
        if after is None or after.number == ROWS:
            last = None if after is None else after.id
            rows = remasking_columns.remask_rows(rule_set=rule_set, after=last, limit=limit)
            if rows.last is not None:
                return _told_rows(rows)
        return _told(remasking.remask_batch(rule_set=rule_set, after=_begin(after), limit=limit))

    def count_outdated(self, number: int) -> int:
        return remasking.count_outdated(number) + remasking_columns.count_outdated_rows(number)

    def count_texts(self) -> int:
        return int(Message.objects.count()) + remasking_columns.count_rows()

    def try_out(self, *, policy: MaskingPolicy, after: Place | None, limit: int) -> Rescanned:
        if after is None or after.number == ROWS:
            last = None if after is None else after.id
            rows = remasking_columns.count_every_row(policy=policy, after=last, limit=limit)
            if rows.last is not None:
                return _told_rows(rows)
        return _told(remasking.count_every(policy=policy, after=_begin(after), limit=limit))

    def try_out_recent(self, *, policy: MaskingPolicy, after: UUID, until: UUID, limit: int) -> Rescanned:
        done, last = remasking.count_recent(policy=policy, after=after, until=until, limit=limit)
        return replace(_told(done), place=None if last is None else Place(ROWS, last))

    def count(self) -> int:
        return int(Conversation.objects.count())

    def export(self, membership: Membership, *, limit: int, now: datetime) -> Iterator[dict[str, Any]]:
        newest_first = Conversation.objects.in_use().order_by("-created_at", "-id")
        # Held still: what is in the file is there whole, whatever is purged meanwhile.
        kept = newest_first[:limit].held_still()
        rows = newest_first.select_related("inbox", "contact", "assignee__user")
        for conversation in rows.filter(id__in=kept):
            yield _exported(conversation, membership)


def _begin(after: Place | None) -> tuple[int, UUID] | None:
    """Where the walk through messages begins."""
    return None if after is None or after.number == ROWS else (after.number, after.id)


def _told_rows(done: remasking_columns.RemaskedRows) -> Rescanned:
    place = None if done.last is None else Place(ROWS, done.last)
    return Rescanned(done.looked_at, done.changed, +done.counts, place, done.failed, done.caught)


def _told(done: remasking.Remasked) -> Rescanned:
    place = None if done.last is None else Place(*done.last)
    return Rescanned(done.looked_at, done.changed, done.counts, place, done.failed, done.caught)


def _exported(conversation: Conversation, membership: Membership) -> dict[str, Any]:
    """One conversation as a member may read it; each message goes through the one door to plaintext."""
    entries = selectors.entries_after(conversation, 0, conversation.last_sequence, public=False)
    details = contact_disclosure.exported_details(conversation.contact, membership)
    assignee = conversation.assignee
    known = small_texts.details(conversation, membership)
    return {
        "reference": conversation.reference,
        "id": conversation.id,
        "visitor": selectors.visitor_name(conversation.contact_id),
        "contact": dict(details.given()) | ({"known_to_site_as": details.subject} if details.subject else {}),
        "inbox": conversation.inbox.name,
        "subject": known.subject,
        "page": known.page,
        "referrer": known.referrer,
        "answers": [{"question": answer.label, "answer": answer.value} for answer in known.answers],
        "rating": _exported_rating(known.rating),
        "notice": _exported_receipt(people.latest_receipt(conversation.contact_id)),
        "status": conversation.status,
        "assigned_to": assignee.user.name if assignee is not None else None,
        "started_at": conversation.created_at.isoformat(),
        "resolved_at": conversation.resolved_at and conversation.resolved_at.isoformat(),
        "files": [_exported_file(one) for one in Attachment.objects.filter(conversation=conversation).order_by("id")],
        "messages": [_exported_message(disclosure.for_viewer(entry, membership)) for entry in entries],
    }


def _exported_rating(rating: small_texts.RatingShown | None) -> dict[str, Any] | None:
    return None if rating is None else {"value": rating.words, "comment": rating.comment, "at": rating.at.isoformat()}


def _exported_receipt(receipt: ConsentReceipt | None) -> dict[str, Any] | None:
    if receipt is None:
        return None
    return {
        "version": receipt.notice.number,
        "region": receipt.region,
        "language": receipt.language,
        "sha256": bytes(receipt.text_hash).hex(),
        "agreed": receipt.agreed,
        "given_at": receipt.given_at.isoformat(),
        "withdrawn_at": receipt.withdrawn_at and receipt.withdrawn_at.isoformat(),
        "global_privacy_control": receipt.gpc,
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


def _exported_file(attachment: Attachment) -> dict[str, Any]:
    """What is known of a file; its name is the text of its message, and itself is handed over in the conversation."""
    return {
        "id": str(attachment.id),
        "message": str(attachment.message_id),
        "kind": attachment.kind,
        "bytes": attachment.bytes,
        "state": attachment.state,
        "why": attachment.why,
    }
