"""What processes tell one another about a conversation: ids, states and sealed envelopes, never text."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Final, Literal, Self
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
    """A conversation is different: taken, resolved, written to. `said`: nothing but that something was said in it."""

    tenant_id: UUID
    conversation_id: UUID
    status: str
    said: bool = False

    def after(self, earlier: "ConversationNews | None") -> "ConversationNews":
        """Return what both tell together."""
        is_only_said = self.said and (earlier is None or earlier.said)
        return self if is_only_said == self.said else replace(self, said=is_only_said)


@dataclass(frozen=True, slots=True)
class TypingNews:
    """Somebody is writing, or has stopped. `author_id` is a membership or a contact."""

    tenant_id: UUID
    conversation_id: UUID
    author_kind: str
    author_id: UUID
    on: bool


@dataclass(frozen=True, slots=True)
class ReadNews:
    """One side of a conversation has come further, in both numberings; `seen` or only arrived."""

    tenant_id: UUID
    conversation_id: UUID
    side: Literal["visitor", "team"]
    sequence: int
    public_sequence: int
    seen: bool


@dataclass(frozen=True, slots=True)
class PresenceNews:
    """A member has come, gone or chosen another status: who shows it looks again."""

    tenant_id: UUID
    author_id: UUID


@dataclass(frozen=True, slots=True)
class AccessNews:
    """What members may do, or who is one, has changed: whoever is here must be looked at again."""

    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class TeamsNews:
    """A team is there, is called or is made of others than before: who shows it looks again. Members only."""

    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class NoticeNews:
    """What visitors are told before they write has changed: what processes know of it counts no more."""

    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class QueueNews:
    """A conversation was taken, given back or resolved: whoever waits in the queue may be at another place."""

    tenant_id: UUID


@dataclass(frozen=True, slots=True)
class TeamNews:
    """News of several conversations, gathered by a process for the members it serves itself. Never published."""

    tenant_id: UUID
    news: tuple[ConversationNews, ...]


Relay = (
    PostedEntry
    | ConversationNews
    | TypingNews
    | ReadNews
    | PresenceNews
    | AccessNews
    | NoticeNews
    | TeamsNews
    | QueueNews
)
Told = Relay | TeamNews
_KINDS: dict[str, type[Relay]] = {
    "posted": PostedEntry, "conversation": ConversationNews, "typing": TypingNews, "read": ReadNews,
    "presence": PresenceNews, "access": AccessNews, "notice": NoticeNews, "teams": TeamsNews, "queue": QueueNews,
}  # fmt: skip
_NAMES = {kind: name for name, kind in _KINDS.items()}
_FIELDS = {kind: tuple(kind.__dataclass_fields__) for kind in _NAMES}
_IDS = frozenset({"tenant_id", "conversation_id", "contact_id", "message_id", "author_id", "client_id"})
# The sender's id stands in front, so that a process can pass over its own without reading on.
SENDER_BYTES: Final = 32
NOBODY: Final = "0" * SENDER_BYTES


def encode(relays: Sequence[Relay], sender: str = NOBODY) -> bytes:
    """Return the bytes to publish. `sender`, 32 letters, is a process that has served its own sockets."""
    told = ",".join([_posted(each) if isinstance(each, PostedEntry) else _other(each) for each in relays])
    return f"{sender}[{told}]".encode()


def sender_of(data: bytes) -> str:
    """Return who published it."""
    return data[:SENDER_BYTES].decode("latin-1")


def decode(data: bytes) -> list[Relay]:
    """Return what was published.

    Raises:
        UnreadableRelayError: It is not ours.
    """
    try:
        told = json.loads(data[SENDER_BYTES:])
        if not isinstance(told, list):
            raise UnreadableRelayError
        return [_relay(_KINDS[name], values) for name, *values in told]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableRelayError from None


def _posted(entry: PostedEntry) -> str:
    """Every message goes this way: by hand it takes a third of what `_other` takes for the same."""
    findings = ",".join([f"[{quoted(entity)},{start},{end}]" for entity, start, end in entry.findings])
    public = "null" if entry.public_sequence is None else entry.public_sequence
    return (
        f'["posted","{entry.tenant_id.hex}","{entry.conversation_id.hex}","{entry.contact_id.hex}",'
        f'"{entry.message_id.hex}",{entry.sequence},{public},'
        f'{quoted(entry.kind)},{quoted(entry.author_kind)},"{entry.author_id.hex}","{entry.client_id.hex}",'
        f'"{entry.at.isoformat()}","{base64.b64encode(entry.body).decode()}",[{findings}],'
        f"{'true' if entry.is_remasked else 'false'}]"
    )


def _other(relay: Relay) -> str:
    return json.dumps([_NAMES[type(relay)], *_values(relay)], default=_plain, separators=(",", ":"))


def _values(relay: Relay) -> list[Any]:
    return [getattr(relay, name) for name in _FIELDS[type(relay)]]


def _relay(kind: type[Relay], values: list[Any]) -> Relay:
    fields = zip(_FIELDS[kind], values, strict=True)
    return kind(**{name: _typed(name, value) for name, value in fields})


def _plain(value: Any) -> str:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    return base64.b64encode(value).decode()


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
