"""Store a masked and sealed message with its conversation's next sequence.

The seam is `commit(SealedMessage) -> Committed`. Here each message is a transaction of its own; a committer that
gathers several may replace it without its callers noticing.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from chat.models import AuthorKind, Conversation, Finding, Message, MessageKind
from chat.protocol.relay import PostedEntry
from compliance import audit, audit_events
from compliance.masking import CARD_CLASS, MaskedText
from helpdesk.core.ids import uuid7
from tenants.actors import Actor, ActorKind
from tenants.encryption.sealing import seal
from tenants.scoping import tenant_scope

_MADE_HERE: Final = object()


class ConversationNotFoundError(Exception):
    """There is no such conversation for this author."""


class ConversationResolvedError(Exception):
    """The conversation is resolved; only a new one can take this message."""


class VisitorBlockedError(Exception):
    """An agent has blocked this visitor."""


class UnmaskedMessageError(Exception):
    """A message was put together without the masking engine."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Who says what kind of thing where; everything of a message but its text."""

    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    kind: str
    author_kind: str
    author_id: UUID
    client_id: UUID
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """A message ready to be stored. Made from a `MaskedText` only, so an unmasked one can't be expressed."""

    id: UUID
    draft: Draft
    body: bytes
    rule_set_number: int
    findings: tuple[Finding, ...]
    made: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made is not _MADE_HERE:
            raise UnmaskedMessageError

    @classmethod
    def of(cls, masked: MaskedText, draft: Draft, *, rule_set_number: int) -> Self:
        """Seal a masked text into the place it will have."""
        if not isinstance(masked, MaskedText):
            raise UnmaskedMessageError
        message_id = uuid7()
        slot = Message.slot(draft.tenant_id, draft.contact_id, message_id)
        findings = tuple(
            Finding(
                tenant_id=draft.tenant_id,
                message_id=message_id,
                entity=finding.entity,
                start=finding.masked_start,
                end=finding.masked_end,
                detector=finding.detector[:40],
                rule_set_number=rule_set_number,
                last_four=(finding.last_four or "") if finding.entity == "CARD" else "",
            )
            for finding in masked.findings
        )
        return cls(message_id, draft, seal(slot, masked.text), rule_set_number, findings, _MADE_HERE)


@dataclass(frozen=True, slots=True)
class Committed:
    """A stored message: its numbers, and itself as it travels. `repeated`: it had been stored before."""

    sequence: int
    public_sequence: int | None
    at: datetime
    repeated: bool
    entry: PostedEntry
    status: str

    def sequence_for(self, author_kind: str) -> int:
        """The sequence in the author's own numbering: a visitor doesn't count notes."""
        return self.public_sequence or self.sequence if author_kind == AuthorKind.VISITOR else self.sequence


def commit(sealed: SealedMessage) -> Committed:
    """Store one message, or find it stored.

    Raises:
        ConversationNotFoundError: There is none, or it is not this author's.
        ConversationResolvedError: It is resolved and takes only notes.
        VisitorBlockedError: The visitor is blocked.
    """
    draft = sealed.draft
    with tenant_scope(draft.tenant_id):
        conversation = locked_conversation(draft)
        if (earlier := _earlier(draft)) is not None:
            return _repeat(earlier, conversation)
        _check_takes(conversation, draft)
        message = _insert(sealed, conversation)
        _update(conversation, draft)
        _record_cards(sealed, message)
    entry = PostedEntry.of(message, draft.contact_id, sealed.findings)
    return Committed(message.sequence, message.public_sequence, message.posted_at, False, entry, conversation.status)


def locked_conversation(draft: Draft) -> Conversation:
    """Return the draft's conversation, its row locked until the end of the transaction: one writer at a time."""
    rows = Conversation.objects.filter(id=draft.conversation_id, contact_id=draft.contact_id)
    conversation: Conversation | None = rows.select_related("contact").select_for_update(of=("self",)).first()
    if conversation is None:
        raise ConversationNotFoundError
    return conversation


def _earlier(draft: Draft) -> Message | None:
    rows = Message.objects.of(draft.conversation_id)
    earlier: Message | None = rows.filter(author_id=draft.author_id, client_id=draft.client_id).first()
    return earlier


def _repeat(message: Message, conversation: Conversation) -> Committed:
    findings = list(Finding.objects.filter(message_id=message.id).order_by("start"))
    entry = PostedEntry.of(message, conversation.contact_id, findings)
    return Committed(message.sequence, message.public_sequence, message.posted_at, True, entry, conversation.status)


def _check_takes(conversation: Conversation, draft: Draft) -> None:
    if draft.author_kind == AuthorKind.VISITOR and conversation.contact.blocked_at is not None:
        raise VisitorBlockedError
    if not conversation.is_open and draft.kind != MessageKind.NOTE:
        raise ConversationResolvedError


def _insert(sealed: SealedMessage, conversation: Conversation) -> Message:
    draft = sealed.draft
    conversation.last_sequence += 1
    is_public = draft.kind != MessageKind.NOTE
    conversation.last_public_sequence += is_public
    message = Message(
        id=sealed.id,
        tenant_id=draft.tenant_id,
        conversation_id=draft.conversation_id,
        sequence=conversation.last_sequence,
        public_sequence=conversation.last_public_sequence if is_public else None,
        kind=draft.kind,
        author_kind=draft.author_kind,
        author_id=draft.author_id,
        client_id=draft.client_id,
        body=sealed.body,
        masked_with=sealed.rule_set_number,
        posted_at=draft.posted_at,
    )
    message.save(force_insert=True)
    if sealed.findings:
        Finding.objects.bulk_create(sealed.findings)
    return message


def _update(conversation: Conversation, draft: Draft) -> None:
    at = draft.posted_at
    conversation.last_message_at = at
    if draft.author_kind == AuthorKind.VISITOR:
        conversation.waiting_since = conversation.waiting_since or at
    elif draft.kind == MessageKind.PUBLIC:
        conversation.waiting_since = None
        conversation.first_reply_at = conversation.first_reply_at or at
    conversation.save(
        update_fields=["last_sequence", "last_public_sequence", "last_message_at", "waiting_since", "first_reply_at"]
    )


def _record_cards(sealed: SealedMessage, message: Message) -> None:
    """A card or its code was caught before it was stored (PCI DSS 10.2.1, 12.10.7): which kinds, how many."""
    caught = [finding.entity for finding in sealed.findings if finding.entity in CARD_CLASS]
    if not caught:
        return
    kind = ActorKind.VISITOR if sealed.draft.author_kind == AuthorKind.VISITOR else ActorKind.MEMBER
    audit.record(
        Actor(kind, sealed.draft.author_id),
        audit_events.CARD_CAUGHT,
        message,
        at=sealed.draft.posted_at,
        conversation=message.conversation_id,
        entities=", ".join(sorted(set(caught))),
        count=len(caught),
        rule_set=sealed.rule_set_number,
        found_by="post",
    )
