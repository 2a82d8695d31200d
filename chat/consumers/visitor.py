"""A visitor's socket: begins conversations, posts to them, follows them."""

import time
from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from chat import groups, people, permissions, presence
from chat.actions import beginnings, limits, messages
from chat.actions.openings import Opening
from chat.authentication import next_ticket, present_visitor, redeem_ticket
from chat.consumers.base import NoAccessError, resume_after
from chat.consumers.ending import EndingConsumer
from chat.consumers.flood import messages_of
from chat.consumers.reading import marked, read_frame
from chat.delivery.hub import Shared
from chat.delivery.positions import Position, of_contact, positions
from chat.delivery.sealed import Committed, ConversationNotFoundError, Draft
from chat.disclosure import frame_for_viewer
from chat.models import AuthorKind, ConsentEntry, ConversationStatus, MessageKind
from chat.permissions import Visitor
from chat.presence import as_told
from chat.protocol import codec
from chat.protocol.commands import (
    VISITOR_COMMANDS,
    AskEnding,
    AskQueue,
    AskTranscript,
    Command,
    EndConversation,
    GiveConsent,
    GiveContact,
    GiveRating,
    MarkRead,
    OpenCard,
    OpenVisitorSession,
    PostMessage,
    ResumeConversation,
    SetTyping,
    StartConversation,
    WithdrawConsent,
    named,
)
from chat.protocol.errors import CloseCode, CommandError, ErrorCode
from chat.protocol.events import (
    Author,
    ConversationChanged,
    ConversationStarted,
    ConversationState,
    HeartbeatSent,
    SessionOpened,
    TypingChanged,
)
from chat.protocol.relay import (
    AccessNews,
    ConversationNews,
    NoticeNews,
    PostedEntry,
    PresenceNews,
    QueueNews,
    ReadNews,
    TeamNews,
    TeamsNews,
    Told,
    TypingNews,
)
from chat.resuming import have_at_hand, resumed
from compliance import rule_sets
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, scope_address
from helpdesk.core.threads import in_thread


class VisitorConsumer(EndingConsumer):
    """Known by a ticket; follows the visitor's own conversations."""

    commands = named(VISITOR_COMMANDS)
    opening = OpenVisitorSession
    needs_origin = False
    handlers: ClassVar[Mapping[type[Command], str]] = {
        OpenVisitorSession: "open_session",
        StartConversation: "start_conversation",
        PostMessage: "post_message",
        ResumeConversation: "resume_conversation",
        SetTyping: "set_typing",
        MarkRead: "mark_read",
        GiveConsent: "give_consent",
        WithdrawConsent: "withdraw_consent",
        OpenCard: "open_card",
        EndConversation: "end_conversation",
        AskQueue: "ask_queue",
        GiveContact: "give_contact",
        AskEnding: "ask_ending",
        GiveRating: "give_rating",
        AskTranscript: "ask_transcript",
    }
    judged_when_stored = frozenset({PostMessage})
    visitor: Visitor

    async def open_session(self, command: OpenVisitorSession) -> None:
        visitor = await redeem_ticket(command.ticket)
        if visitor is None:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN)
        asked = {position.conversation: position.after_sequence for position in command.conversations}
        # Heard before they are looked at, so that nothing falls between; what is not theirs is left again.
        asked_at = time.monotonic()
        self.visitor, self.following = visitor, {}
        channels = {each: groups.conversation(visitor.tenant_id, each) for each in asked}
        await self.join_all((groups.presence(visitor.tenant_id), *channels.values()))
        present, known = await present_visitor(visitor, clock.now(), asked)
        if present is None:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN)
        self.visitor, self.following = present, {each: asked[each] for each in known}
        for each in asked.keys() - known.keys():
            self.leave(channels[each])
        self.note_access(asked_at)
        self._team = await presence.team_now(present.tenant_id)
        ticket = await next_ticket(present)
        self.emit(SessionOpened(conversations=_states(known), ticket=ticket, **as_told(self._team)))
        for conversation_id, position in known.items():
            if position.status == ConversationStatus.RESOLVED:
                self.emit(ConversationChanged(conversation=conversation_id, status="resolved"))

    async def start_conversation(self, command: StartConversation) -> None:
        await self.slow_down(limits.STARTS_BY_ADDRESS, bucket(scope_address(self.scope)))
        await self.slow_down(limits.STARTS, self.visitor.token_hash.hex())
        begun, self.visitor = await in_thread(
            beginnings.begin_conversation,
            visitor=self.visitor,
            client_id=command.client_id,
            now=clock.now(),
            opening=Opening.of(command, gpc=self.sends_gpc(), entry=ConsentEntry.SOCKET),
        )
        await self._follow(begun.id, 0)
        self.emit(ConversationStarted(client_id=command.client_id, conversation=begun.id))

    def admit(self, command: PostMessage) -> None:
        allowance = messages_of(self.visitor.token_hash)
        if not allowance.takes():
            raise CommandError(ErrorCode.TOO_FAST, retry_ms=allowance.wait_ms)

    def draft_at_once(self, command: PostMessage) -> Draft | None:
        if self.visitor.contact_id is None or command.conversation not in self.following:
            return None
        return self._draft(command)

    async def post_message(self, command: PostMessage) -> None:
        await self.look_for_beginning()
        if command.conversation not in self.following:
            if (known := (await self._known([command.conversation])).get(command.conversation)) is None:
                raise ConversationNotFoundError
            await self._follow(command.conversation, known.last_public_sequence)
        await self.post(command, self._draft(command))

    def sequence_of(self, committed: Committed) -> int:
        return committed.sequence_for(AuthorKind.VISITOR)

    def note_stored(self, handed_over_at: float) -> None:
        self.note_access(handed_over_at)

    async def resume_conversation(self, command: ResumeConversation) -> None:
        if command.conversation not in self.following:
            if command.conversation not in await self._known([command.conversation]):
                raise ConversationNotFoundError
            await self._follow(command.conversation, command.after_sequence)
        await self._resume(command.conversation, command.after_sequence)

    async def set_typing(self, command: SetTyping) -> None:
        visitor = self.visitor
        if command.conversation not in self.following or visitor.contact_id is None:
            raise CommandError(ErrorCode.NOT_FOUND)
        news = TypingNews(visitor.tenant_id, command.conversation, AuthorKind.VISITOR, visitor.contact_id, command.on)
        self.hub.deliver([(groups.conversation(visitor.tenant_id, command.conversation), news)])

    async def mark_read(self, command: MarkRead) -> None:
        self.hub.deliver(await marked(command, self.visitor, self.following))

    def hear(self, channel: str, told: Told, shared: Shared) -> None:
        if isinstance(told, NoticeNews):
            # Who has read another text is told so as they write the next time.
            if shared.setdefault("notice", told) is told:
                rule_sets.forget(told.tenant_id)
            return
        super().hear(channel, told, shared)

    async def recheck(self) -> None:
        present, _ = await present_visitor(self.visitor, clock.now())
        if present is None:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN)
        self.visitor = present

    async def have_at_hand(self, told: Told) -> None:
        if isinstance(told, PostedEntry):
            await have_at_hand((told,), self.visitor)

    def frame(self, told: Told, shared: Shared) -> str | None:
        if isinstance(told, PostedEntry):
            return self._posted(told, shared)
        if isinstance(told, ConversationNews):
            return _news_frame(told, shared)
        if isinstance(told, ReadNews):
            return read_frame(told, shared, public=True)
        if (
            isinstance(told, AccessNews | NoticeNews | PresenceNews | QueueNews | TeamNews | TeamsNews)
            or told.author_kind == AuthorKind.VISITOR
        ):
            return None
        name = people.member_name(told.tenant_id, told.author_id)
        author = Author(kind="agent", name=name)
        return codec.encode(TypingChanged(conversation=told.conversation_id, author=author, on=told.on))

    async def states(self) -> list[ConversationState]:
        return _states(await self._known(list(self.following)))

    async def heartbeat(self) -> HeartbeatSent:
        self._team = await presence.team_now(self.visitor.tenant_id)
        self.look_at_queue()
        states = await self.states()
        return HeartbeatSent(conversations=states, ticket=await next_ticket(self.visitor), **as_told(self._team))

    def followed(self) -> tuple[UUID, Mapping[UUID, int]] | None:
        return (self.visitor.tenant_id, self.following) if self._is_open else None

    def catch_up(self, known: Mapping[UUID, Position]) -> None:
        for conversation_id, last in self.following.items():
            position = known.get(conversation_id)
            if position is not None and position.last_public_sequence > last:
                self.enqueue(resume_after(conversation_id, last))

    def _posted(self, entry: PostedEntry, shared: Shared) -> str | None:
        if entry.kind == MessageKind.NOTE:
            return None
        if entry.conversation_id not in self.following:
            self.pass_over(entry.conversation_id)
            return None
        # Each viewer is looked at; what they may see is the same for every tab of the one visitor, and made once.
        permissions.require_reader(self.visitor, entry)
        if (frame := shared.get("visitor")) is None:
            frame = shared["visitor"] = frame_for_viewer(entry, self.visitor, shared)
        last = entry.public_sequence or 0
        if not entry.is_remasked and last == self.following[entry.conversation_id] + 1:
            self.following[entry.conversation_id] = last
        return str(frame)

    def _draft(self, command: PostMessage) -> Draft:
        return messages.visitor_draft(
            visitor=self.visitor,
            conversation_id=command.conversation,
            client_id=command.client_id,
            kind=command.kind,
            now=clock.now(),
        )

    async def _known(self, ids: list[UUID]) -> dict[UUID, Position]:
        """Return where the conversations that are this visitor's stand; others are passed over in silence."""
        await self.look_for_beginning()
        if self.visitor.contact_id is None:
            return {}
        return of_contact(await positions(self.visitor.tenant_id, ids), self.visitor.contact_id)

    async def look_for_beginning(self) -> None:
        if self.visitor.contact_id is None:
            await self.recheck()

    async def _follow(self, conversation_id: UUID, after: int) -> None:
        """Hear a conversation known to be this visitor's; what is not theirs can't be presented to them anyhow."""
        if conversation_id not in self.following:
            if len(self.following) >= 50:
                raise CommandError(ErrorCode.TOO_FAST, retry_ms=60_000)
            self.following[conversation_id] = after
            await self.join(groups.conversation(self.visitor.tenant_id, conversation_id))

    async def _resume(self, conversation_id: UUID, after: int) -> None:
        answer = await resumed(conversation_id, self.visitor, after, now=clock.now())
        if answer.messages:
            self.following[conversation_id] = max(self.following[conversation_id], answer.messages[-1].sequence)
        self.emit(answer)


def _news_frame(news: ConversationNews, shared: Shared) -> str:
    """Return what every tab of a visitor is told of a conversation, made once."""
    if (frame := shared.get("news")) is None:
        frame = shared["news"] = codec.encode(ConversationChanged.of(news.conversation_id, news.status))
    return str(frame)


def _states(known: Mapping[UUID, Position]) -> list[ConversationState]:
    return [
        ConversationState(
            conversation=key,
            last_sequence=position.last_public_sequence,
            read_sequence=position.visitor_read_public,
            seen_sequence=position.team_read_public,
        )
        for key, position in known.items()
    ]
