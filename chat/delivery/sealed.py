"""A message between the masking engine and the database: sealed, with its place, its findings, and what came of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple, Self
from uuid import UUID

from chat.models import AuthorKind, Finding, Message
from chat.protocol.relay import PostedEntry
from compliance.masking import MaskedText
from helpdesk.core.ids import uuid7
from tenants.encryption.sealing import seal

_MADE_HERE: Final = object()


class ConversationNotFoundError(Exception):
    """There is no such conversation for this author."""


class ConversationResolvedError(Exception):
    """The conversation is resolved; only a new one can take this message."""


class VisitorBlockedError(Exception):
    """An agent has blocked this visitor."""


class VisitorGoneError(Exception):
    """The visitor's session has ended, or the organisation is not active."""


class SessionReplacedError(Exception):
    """The browser is known by another token from now on, which it is just being told."""


class ConsentRequiredError(Exception):
    """The visitor has not been shown, or not agreed to, the notice that is in force."""


class IdentityRequiredError(Exception):
    """The organisation hears only visitors for whom its site vouches, and it does not vouch for this one."""


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
    """A message ready to be stored. Made from a `MaskedText` only, so an unmasked one can't be expressed.

    `accepts`: hashes of the notices in force, of one of which a visitor has a receipt, or the message is refused; None
    where none is needed. `signed_only`: whether the organisation's site must vouch for them. What was made without
    saying so is refused for every visitor.
    """

    id: UUID
    draft: Draft
    body: bytes
    rule_set_number: int
    findings: tuple[Finding, ...]
    accepts: tuple[bytes, ...] | None = ()
    signed_only: bool = True
    made: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.made is not _MADE_HERE:
            raise UnmaskedMessageError

    @classmethod
    def of(
        cls,
        masked: MaskedText,
        draft: Draft,
        *,
        rule_set_number: int,
        accepts: tuple[bytes, ...] | None = (),
        signed_only: bool = True,
    ) -> Self:
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
        body = seal(slot, masked.text)
        return cls(message_id, draft, body, rule_set_number, findings, accepts, signed_only, _MADE_HERE)

    @property
    def key(self) -> tuple[UUID, UUID, UUID]:
        """What makes a repeat one: where, who, and the sender's own id."""
        return self.draft.conversation_id, self.draft.author_id, self.draft.client_id


class Stored(NamedTuple):
    """A message as it is, of which a repeat came."""

    message_id: UUID
    sequence: int
    public_sequence: int | None
    kind: str
    at: datetime
    body: bytes
    findings: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """A stored message: its numbers, and itself as it travels. `repeated`: it had been stored before."""

    sequence: int
    public_sequence: int | None
    at: datetime
    repeated: bool
    entry: PostedEntry
    status: str

    @classmethod
    def now(cls, sealed: SealedMessage, sequence: int, public_sequence: int | None, status: str) -> Self:
        """Return a message that was stored a moment ago, with the numbers it was given."""
        draft = sealed.draft
        entry = PostedEntry(
            tenant_id=draft.tenant_id,
            conversation_id=draft.conversation_id,
            contact_id=draft.contact_id,
            message_id=sealed.id,
            sequence=sequence,
            public_sequence=public_sequence,
            kind=str(draft.kind),
            author_kind=str(draft.author_kind),
            author_id=draft.author_id,
            client_id=draft.client_id,
            at=draft.posted_at,
            body=sealed.body,
            findings=tuple((finding.entity, finding.start, finding.end) for finding in sealed.findings),
        )
        return cls(sequence, public_sequence, draft.posted_at, False, entry, status)

    @classmethod
    def before(cls, draft: Draft, stored: Stored, status: str) -> Self:
        """Return a message of which a repeat came, as it was stored."""
        entry = PostedEntry(
            tenant_id=draft.tenant_id,
            conversation_id=draft.conversation_id,
            contact_id=draft.contact_id,
            message_id=stored.message_id,
            sequence=stored.sequence,
            public_sequence=stored.public_sequence,
            kind=stored.kind,
            author_kind=str(draft.author_kind),
            author_id=draft.author_id,
            client_id=draft.client_id,
            at=stored.at,
            body=stored.body,
            findings=stored.findings,
        )
        return cls(stored.sequence, stored.public_sequence, stored.at, True, entry, status)

    def again(self) -> Self:
        """The same, for whoever sent it a second time."""
        return replace(self, repeated=True)

    def sequence_for(self, author_kind: str) -> int:
        """The sequence in the author's own numbering: a visitor doesn't count notes."""
        return self.public_sequence or self.sequence if author_kind == AuthorKind.VISITOR else self.sequence
