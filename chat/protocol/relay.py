"""What processes tell one another about a conversation: ids, states and sealed envelopes, never text."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chat.models import Finding, Message


class UnreadableRelayError(Exception):
    """What came over a channel is not what we send."""


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """A stored message as it travels: sealed, with what is needed to say who may open it."""

    tenant_id: UUID
    conversation_id: UUID
    contact_id: UUID
    message_id: UUID
    sequence: int
    public_sequence: int | None
    kind: str
    author_kind: str
    author_id: UUID
    client_id: UUID
    at: datetime
    body: bytes
    findings: tuple[tuple[str, int, int], ...] = ()
    is_remasked: bool = False

    @classmethod
    def of(cls, message: Message, contact_id: UUID, findings: Sequence[Finding]) -> Self:
        """Return a row of the database as it travels."""
        return cls(
            tenant_id=message.tenant_id,
            conversation_id=message.conversation_id,
            contact_id=contact_id,
            message_id=message.id,
            sequence=message.sequence,
            public_sequence=message.public_sequence,
            kind=message.kind,
            author_kind=message.author_kind,
            author_id=message.author_id,
            client_id=message.client_id,
            at=message.posted_at,
            body=bytes(message.body),
            findings=tuple((finding.entity, finding.start, finding.end) for finding in findings),
        )

    def remasked(self) -> Self:
        """The same, told as a replacement of what was posted before."""
        return replace(self, is_remasked=True)


@dataclass(frozen=True, slots=True)
class ConversationNews:
    """A conversation is different: taken, resolved, written to."""

    tenant_id: UUID
    conversation_id: UUID
    status: str


@dataclass(frozen=True, slots=True)
class TypingNews:
    """Somebody is writing, or has stopped. `author_id` is a membership or a contact."""

    tenant_id: UUID
    conversation_id: UUID
    author_kind: str
    author_id: UUID
    on: bool


Relay = PostedEntry | ConversationNews | TypingNews
_KINDS: dict[str, type[Relay]] = {"posted": PostedEntry, "conversation": ConversationNews, "typing": TypingNews}
_NAMES = {kind: name for name, kind in _KINDS.items()}
_IDS = frozenset({"tenant_id", "conversation_id", "contact_id", "message_id", "author_id", "client_id"})


def encode(relay: Relay, sender: str) -> bytes:
    """Return the bytes to publish. `sender` names the process that has already served its own sockets."""
    fields = {name: _plain(getattr(relay, name)) for name in relay.__dataclass_fields__}
    return json.dumps({"relay": _NAMES[type(relay)], "sender": sender, **fields}, separators=(",", ":")).encode()


def decode(data: bytes) -> tuple[Relay, str]:
    """Return what was published and who published it.

    Raises:
        UnreadableRelayError: It is not ours.
    """
    try:
        fields = json.loads(data)
        kind, sender = _KINDS[fields.pop("relay")], str(fields.pop("sender"))
        return kind(**{name: _typed(name, value) for name, value in fields.items()}), sender
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableRelayError from None


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value


def _typed(name: str, value: Any) -> Any:
    if name in _IDS:
        return UUID(value)
    if name == "at":
        return datetime.fromisoformat(value)
    if name == "body":
        return base64.b64decode(value, validate=True)
    if name == "findings":
        return tuple((str(entity), int(start), int(end)) for entity, start, end in value)
    return value
