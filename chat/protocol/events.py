"""What the server sends: typed, events in the past tense."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PositiveInt

from chat.protocol.commands import MAX_FRAME_BYTES
from chat.protocol.errors import ErrorCode

HEARTBEAT_S: Final = 25

TeamStatus = Literal["online", "away", "offline"]


class Part(BaseModel):
    """A piece of an event."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Event(Part):
    """A frame to a client."""

    v: Literal[1] = 1


class ConversationState(Part):
    """How far a conversation has come, in the numbering of whoever is told."""

    conversation: UUID
    last_sequence: int
    # How far the side of whoever is told has read, and how far the other side has.
    read_sequence: int = 0
    seen_sequence: int = 0


AuthorIs = Literal["visitor", "agent", "system"]


class Author(Part):
    """Who wrote a message, as the viewer may know them."""

    kind: AuthorIs
    name: str


class FindingSpan(Part):
    """What was masked, and where: code points into the masked text, half-open."""

    entity: str
    start: int
    end: int


class SessionOpened(Event):
    type: Literal["session.opened"] = "session.opened"
    heartbeat_s: int = HEARTBEAT_S
    max_frame: int = MAX_FRAME_BYTES
    conversations: list[ConversationState] = []
    # What the team is to a visitor, and when it is there next if it is closed; left out while that is not known.
    team: TeamStatus | None = None
    opens_at: datetime | None = None
    # Of a visitor's next socket, good once and not for long; a heartbeat brings another.
    ticket: str | None = None


class ConversationStarted(Event):
    type: Literal["conversation.started"] = "conversation.started"
    client_id: UUID
    conversation: UUID


class MessageAcknowledged(Event):
    """Sent after the commit, never before."""

    type: Literal["message.acknowledged"] = "message.acknowledged"
    client_id: UUID
    conversation: UUID
    sequence: PositiveInt
    at: datetime


class MessagePosted(Event):
    """One message, opened for one viewer. `client_id` lets the sender's screen replace its echo."""

    type: Literal["message.posted"] = "message.posted"
    conversation: UUID
    sequence: PositiveInt
    client_id: UUID
    author: Author
    kind: Literal["public", "note", "activity"]
    at: datetime
    text: str
    findings: list[FindingSpan] = []


class MessageRemasked(MessagePosted):
    """Replaces what has that sequence: more of it is masked now."""

    type: Literal["message.remasked"] = "message.remasked"  # type: ignore[assignment]


class ConversationResumed(Event):
    """What followed a sequence. Not `complete`: ask again after the last of these."""

    type: Literal["conversation.resumed"] = "conversation.resumed"
    conversation: UUID
    messages: list[MessagePosted]
    last_sequence: int
    complete: bool


class ConversationChanged(Event):
    """Something of the conversation is different: read it again. `said`: nothing but that something was said in it."""

    type: Literal["conversation.changed"] = "conversation.changed"
    conversation: UUID
    status: Literal["open", "resolved"]
    said: bool = False

    @classmethod
    def of(cls, conversation_id: UUID, status: str, *, said: bool = False) -> "ConversationChanged":
        return cls(conversation=conversation_id, status="resolved" if status == "resolved" else "open", said=said)


class ChangedConversation(Part):
    """A conversation of which something is different; `said` as in `ConversationChanged`."""

    conversation: UUID
    status: Literal["open", "resolved"]
    said: bool = False


class ConversationsChanged(Event):
    """The same of several conversations, gathered within a moment. Members only."""

    type: Literal["conversations.changed"] = "conversations.changed"
    conversations: list[ChangedConversation]

    @classmethod
    def of(cls, changed: Sequence[ConversationChanged]) -> "ConversationsChanged":
        parts = [
            ChangedConversation(conversation=each.conversation, status=each.status, said=each.said) for each in changed
        ]
        return cls(conversations=parts)


class TypingChanged(Event):
    type: Literal["typing.changed"] = "typing.changed"
    conversation: UUID
    author: Author
    on: bool


class ReadMoved(Event):
    """One side has come further, in the numbering of whoever is told. Not `seen`: it has arrived there."""

    type: Literal["read.moved"] = "read.moved"
    conversation: UUID
    by: Literal["visitor", "team"]
    sequence: int
    seen: bool


class PresenceChanged(Event):
    """A member of the team has come, gone, or chosen another status: look again. Agents only."""

    type: Literal["presence.changed"] = "presence.changed"
    membership: UUID


class TeamsChanged(Event):
    """A team is there, is called or is made of others than before: look again. Agents only."""

    type: Literal["teams.changed"] = "teams.changed"


class TeamChanged(Event):
    """Whether anybody is there has changed. Visitors only, who are not told who."""

    type: Literal["team.changed"] = "team.changed"
    team: TeamStatus
    opens_at: datetime | None = None


class ConsentRecorded(Event):
    """The receipt of a notice is kept. Visitors only."""

    type: Literal["consent.recorded"] = "consent.recorded"
    notice: str


class ConsentEnded(Event):
    """What was agreed to is taken back. Visitors only."""

    type: Literal["consent.ended"] = "consent.ended"


class CardMasked(Part):
    """How often something of a kind was masked."""

    entity: str
    count: int


class CardKey(Part):
    """The key made for this visitor; `locked_by`: fingerprint of the organisation's. `is_own`: it is kept by theirs."""

    version: int
    made_at: datetime
    locked_by: str
    is_own: bool


class CardKept(Part):
    """When the conversation goes if nothing more is said; None while nothing disposes of it."""

    due_at: datetime | None
    is_held: bool


class CardReader(Part):
    """A role, and how often its members opened the conversation."""

    role: str
    times: int


class CardReceipt(Part):
    """The newest receipt of a notice, with the text as it was shown."""

    number: int
    language: str
    agreed: bool
    gpc: bool
    given_at: datetime
    hash: str
    text: str


class CardOpened(Event):
    """What is true of a conversation at this moment. Visitors only."""

    type: Literal["card.opened"] = "card.opened"
    conversation: UUID
    status: Literal["open", "resolved"]
    masked: list[CardMasked]
    key: CardKey | None
    kept: CardKept
    readers: list[CardReader]
    #: From when on openings are known, where the audit trail does not reach back to the conversation's beginning.
    readers_since: datetime | None = None
    receipt: CardReceipt | None


class HeartbeatSent(Event):
    """Carries the last sequences, since a lost last message shows no gap, and the read marks with them."""

    type: Literal["heartbeat"] = "heartbeat"
    conversations: list[ConversationState] = []
    team: TeamStatus | None = None
    opens_at: datetime | None = None
    ticket: str | None = None


class ServerDraining(Event):
    """This process ends soon: connect again after this time, and nothing is lost."""

    type: Literal["server.draining"] = "server.draining"
    reconnect_after_ms: int


class ErrorReported(Event):
    """A command that was not carried out. With `retry_ms` it may be sent again."""

    type: Literal["error"] = "error"
    code: ErrorCode
    client_id: UUID | None = None
    retry_ms: int | None = None
    field: str | None = None


EVENTS: Final[tuple[type[Event], ...]] = (
    SessionOpened, ConversationStarted, MessageAcknowledged, MessagePosted, MessageRemasked, ConversationResumed,
    ConversationChanged, ConversationsChanged, TypingChanged, ReadMoved, PresenceChanged, TeamsChanged, TeamChanged,
    ConsentRecorded, ConsentEnded, CardOpened, HeartbeatSent, ServerDraining, ErrorReported,
)  # fmt: skip
