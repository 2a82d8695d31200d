"""What clients may send. Unknown fields are refused."""

from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from tenants.roles import Capability
from tenants.tenancy import NONE, Ids, Kind

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 64 * 1024
MAX_TEXT_BYTES: Final = 8 * 1024
MAX_FOLLOWED: Final = 50

MAX_ADDRESS: Final = 2048
MAX_ANSWER: Final = 500
MAX_ANSWERS: Final = 10
MAX_EMAIL: Final = 254
MAX_COMMENT: Final = 2000

TOO_LONG: Final = "text_too_long"
IN_CONVERSATION: Final[Ids] = {"conversation": Kind.CONVERSATION}


def _fits(text: str) -> str:
    try:
        length = len(text.encode())
    except UnicodeEncodeError:
        raise PydanticCustomError("not_unicode", "lone surrogates are no text") from None
    if length > MAX_TEXT_BYTES:
        raise PydanticCustomError(TOO_LONG, "longer than 8 KiB of UTF-8")
    if not text.strip() or "\x00" in text:
        raise PydanticCustomError("blank", "nothing to read")
    return text


def _is_text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("not_unicode", "lone surrogates are no text") from None
    return text.replace("\x00", "")


Address = Annotated[str, StringConstraints(max_length=MAX_ADDRESS), AfterValidator(_is_text)]
# 1 byte to 8 KiB of UTF-8, as sent: neither stripped nor normalised.
MessageText = Annotated[str, AfterValidator(_fits)]
NoticeHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Ticket = Annotated[str, StringConstraints(min_length=1, max_length=128)]
SequenceAt = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]


class Command(BaseModel):
    """A frame from a client."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    # Where ids of rows stand; `client_id` names none. A command that says nothing is refused by a test.
    ids: ClassVar[Ids | None] = None
    # What a member needs besides a place at the socket; what visitors send is judged by whose conversation it is.
    capability: ClassVar[Capability] = Capability.READ_CONVERSATIONS

    v: Literal[1]
    type: str


class Position(BaseModel):
    """How far a client has read in one conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversation: UUID
    after_sequence: SequenceAt = 0


Positions = Annotated[list[Position], Field(max_length=MAX_FOLLOWED)]


class OpenVisitorSession(Command):
    """A visitor's first frame. The ticket is used up by it."""

    ids = {"conversations.conversation": Kind.CONVERSATION}
    type: Literal["session.open"]
    ticket: Ticket
    conversations: Positions = []


class OpenAgentSession(Command):
    """An agent's first frame; the session cookie has said who it is."""

    ids = {"conversations.conversation": Kind.CONVERSATION}
    type: Literal["session.open"]
    conversations: Positions = []


class GivenAnswer(BaseModel):
    """An answer to a question the widget asked before the first message; `key` names the question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,16}$")]
    value: Annotated[str, StringConstraints(max_length=MAX_ANSWER), AfterValidator(_is_text)]


class ToldNotice(BaseModel):
    """Which notice was on the visitor's screen, or was agreed to where that was asked: the SHA-256 of its text.

    `gpc`: whether the browser's Global Privacy Control is on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    notice: NoticeHash
    gpc: bool = False


class StartConversation(Command):
    """Begin a conversation. A repeat of `client_id` is answered with the same one, as it was begun."""

    ids = NONE
    type: Literal["conversation.start"]
    client_id: UUID
    page: Address = ""
    referrer: Address = ""
    answers: Annotated[list[GivenAnswer], Field(max_length=MAX_ANSWERS)] = []
    consent: ToldNotice | None = None


class GiveConsent(Command):
    """Say that the text with this hash was read, or agreed to: when it has changed, or after it was withdrawn."""

    ids = NONE
    type: Literal["consent.give"]
    notice: NoticeHash
    gpc: bool = False


class WithdrawConsent(Command):
    """Take back what was agreed to."""

    ids = NONE
    type: Literal["consent.withdraw"]


class PostMessage(Command):
    """Say something. A repeat of `client_id` is acknowledged, not stored again."""

    ids = IN_CONVERSATION
    capability = Capability.ANSWER_CONVERSATIONS
    type: Literal["message.post"]
    client_id: UUID
    conversation: UUID
    text: MessageText
    kind: Literal["public", "note"] = "public"
    # Why a member sends a reply that was held back, where they may (`chat.actions.coaching`).
    insisted: Literal["", "misread", "agreed", "needed"] = ""


class ResumeConversation(Command):
    """Ask for what follows a sequence."""

    ids = IN_CONVERSATION
    type: Literal["conversation.resume"]
    conversation: UUID
    after_sequence: SequenceAt


class FollowConversation(Command):
    """Hear what is posted to a conversation from now on, and what followed a sequence. Agents only."""

    ids = IN_CONVERSATION
    type: Literal["conversation.follow"]
    conversation: UUID
    after_sequence: SequenceAt = 0


class UnfollowConversation(Command):
    """Hear no more of a conversation. Agents only."""

    ids = IN_CONVERSATION
    type: Literal["conversation.unfollow"]
    conversation: UUID


class SetTyping(Command):
    """Say that one is writing, or has stopped. Carries no text."""

    ids = IN_CONVERSATION
    capability = Capability.ANSWER_CONVERSATIONS
    type: Literal["typing.set"]
    conversation: UUID
    on: bool


class MarkRead(Command):
    """Say how far one has come, in one's own numbering. Not `seen`: it is here, and nobody has looked yet."""

    ids = IN_CONVERSATION
    type: Literal["read.mark"]
    conversation: UUID
    sequence: SequenceAt
    seen: bool = True


class OpenCard(Command):
    """Ask what is true of a conversation: what was masked, which key seals it, when it goes, who opened it.

    Visitors only.
    """

    ids = IN_CONVERSATION
    type: Literal["card.open"]
    conversation: UUID


class EndConversation(Command):
    """Say that nothing more is to come. Visitors only; an agent may open it again."""

    ids = IN_CONVERSATION
    type: Literal["conversation.end"]
    conversation: UUID


class AskQueue(Command):
    """Ask how many wait longer, and hear it again when that changes. Visitors only."""

    ids = IN_CONVERSATION
    type: Literal["queue.ask"]
    conversation: UUID


class GiveContact(Command):
    """Leave an e-mail address for the answer. Visitors only, who have begun a conversation."""

    ids = NONE
    type: Literal["contact.give"]
    email: Annotated[str, StringConstraints(max_length=MAX_EMAIL), AfterValidator(_is_text)]


class AskEnding(Command):
    """Ask what can be done with a conversation that is over. Visitors only."""

    ids = IN_CONVERSATION
    type: Literal["ending.ask"]
    conversation: UUID


class GiveRating(Command):
    """Say how a conversation was that is over. Visitors only."""

    ids = IN_CONVERSATION
    type: Literal["rating.give"]
    conversation: UUID
    value: Annotated[int, Field(ge=1, le=5, strict=True)]
    comment: Annotated[str, StringConstraints(max_length=MAX_COMMENT), AfterValidator(_is_text)] = ""


class AskTranscript(Command):
    """Have a link to the transcript mailed. Visitors only, whose address is known."""

    ids = IN_CONVERSATION
    type: Literal["transcript.ask"]
    conversation: UUID


class Heartbeat(Command):
    """The answer to the server's heartbeat."""

    ids = NONE
    type: Literal["heartbeat"]


VISITOR_COMMANDS: Final[tuple[type[Command], ...]] = (
    OpenVisitorSession, StartConversation, PostMessage, ResumeConversation, SetTyping, MarkRead,
    GiveConsent, WithdrawConsent, OpenCard, EndConversation, AskQueue, GiveContact,
    AskEnding, GiveRating, AskTranscript, Heartbeat,
)  # fmt: skip
AGENT_COMMANDS: Final[tuple[type[Command], ...]] = (
    OpenAgentSession, PostMessage, ResumeConversation, FollowConversation, UnfollowConversation, SetTyping,
    MarkRead, Heartbeat,
)  # fmt: skip


def named(commands: tuple[type[Command], ...]) -> dict[str, type[Command]]:
    """Return the commands by their type on the wire."""
    return {_type_of(command): command for command in commands}


def _type_of(command: type[Command]) -> str:
    annotation: Any = command.model_fields["type"].annotation
    return str(annotation.__args__[0])
