"""A visitor's socket: begins conversations, posts to them, follows them."""

from collections.abc import Mapping
from typing import ClassVar, Final
from uuid import UUID

from chat import groups, selectors
from chat.actions import conversations, messages
from chat.authentication import present_visitor, redeem_ticket
from chat.broadcast import addressed
from chat.consumers.base import NoAccessError, ProtocolConsumer
from chat.delivery.sealed import ConversationNotFoundError
from chat.disclosure import for_viewer, resumed
from chat.models import AuthorKind, MessageKind
from chat.permissions import Visitor
from chat.protocol.commands import (
    VISITOR_COMMANDS,
    Command,
    OpenVisitorSession,
    PostMessage,
    ResumeConversation,
    SetTyping,
    StartConversation,
    named,
)
from chat.protocol.errors import CloseCode, CommandError, ErrorCode
from chat.protocol.events import (
    Author,
    ConversationChanged,
    ConversationResumed,
    ConversationStarted,
    ConversationState,
    Event,
    MessageAcknowledged,
    SessionOpened,
    TypingChanged,
)
from chat.protocol.relay import ConversationNews, PostedEntry, Relay, TypingNews
from helpdesk.core import clock
from helpdesk.core.client_address import bucket, scope_address
from helpdesk.core.ratelimit import Limit
from helpdesk.core.threads import in_thread
from tenants.scoping import tenant_scope

MESSAGES: Final = Limit("chat.message", burst=20, per_s=5)
STARTS: Final = Limit("chat.start", burst=5, per_s=1 / 20)
STARTS_BY_ADDRESS: Final = Limit("chat.start_by_address", burst=30, per_s=1 / 5)


class VisitorConsumer(ProtocolConsumer):
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
    }
    visitor: Visitor

    async def open_session(self, command: OpenVisitorSession) -> None:
        visitor = await redeem_ticket(command.ticket)
        present = await in_thread(present_visitor, visitor, clock.now()) if visitor is not None else None
        if present is None:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN)
        self.visitor = present
        self.following: dict[UUID, int] = {}
        asked = {position.conversation: position.after_sequence for position in command.conversations}
        known = await in_thread(_known, present, list(asked))
        for conversation_id in known:
            await self._follow(conversation_id, asked[conversation_id])
        self.emit(SessionOpened(conversations=_states({key: last for key, (last, _) in known.items()})))
        for conversation_id, (_, status) in known.items():
            if status == "resolved":
                self.emit(ConversationChanged(conversation=conversation_id, status="resolved"))

    async def start_conversation(self, command: StartConversation) -> None:
        await self._slow_down(STARTS_BY_ADDRESS, bucket(scope_address(self.scope)))
        await self._slow_down(STARTS, self.visitor.token_hash.hex())
        begun, self.visitor = await in_thread(
            conversations.start_conversation, visitor=self.visitor, client_id=command.client_id, now=clock.now()
        )
        await self._follow(begun.id, 0)
        self.emit(ConversationStarted(client_id=command.client_id, conversation=begun.id))

    async def post_message(self, command: PostMessage) -> None:
        await self._slow_down(MESSAGES, self.visitor.token_hash.hex())
        committed = await messages.apost_visitor_message(
            visitor=self.visitor,
            conversation_id=command.conversation,
            client_id=command.client_id,
            text=command.text,
            kind=command.kind,
            now=clock.now(),
        )
        await self._follow(command.conversation, committed.sequence_for(AuthorKind.VISITOR) - 1)
        self.emit(
            MessageAcknowledged(
                client_id=command.client_id,
                conversation=command.conversation,
                sequence=committed.sequence_for(AuthorKind.VISITOR),
                at=committed.at,
            )
        )
        # Also of a repeat: the process that stored it may have died before it could tell. Clients drop what they have.
        await self.hub.deliver(addressed(committed.entry, committed.status))

    async def resume_conversation(self, command: ResumeConversation) -> None:
        if command.conversation not in self.following:
            if command.conversation not in await in_thread(_known, self.visitor, [command.conversation]):
                raise ConversationNotFoundError
            await self._follow(command.conversation, command.after_sequence)
        await self._resume(command.conversation, command.after_sequence)

    async def set_typing(self, command: SetTyping) -> None:
        visitor = self.visitor
        if command.conversation not in self.following or visitor.contact_id is None:
            raise CommandError(ErrorCode.NOT_FOUND)
        news = TypingNews(visitor.tenant_id, command.conversation, AuthorKind.VISITOR, visitor.contact_id, command.on)
        await self.hub.deliver([(groups.conversation(visitor.tenant_id, command.conversation), news)])

    async def recheck(self) -> None:
        present = await in_thread(present_visitor, self.visitor, clock.now())
        if present is None:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN)
        self.visitor = present

    async def present(self, told: Relay) -> Event | None:
        if isinstance(told, PostedEntry):
            return await self._shown(told)
        if isinstance(told, ConversationNews):
            return ConversationChanged.of(told.conversation_id, told.status)
        if told.author_kind == AuthorKind.VISITOR:
            return None
        name = await in_thread(selectors.member_name, told.tenant_id, told.author_id)
        return TypingChanged(conversation=told.conversation_id, author=Author(kind="agent", name=name), on=told.on)

    async def states(self) -> list[ConversationState]:
        return _states(await in_thread(_last_sequences, self.visitor, list(self.following)))

    def catch_up(self) -> None:
        for conversation_id, last in self.following.items():
            self._enqueue(
                ResumeConversation(v=1, type="conversation.resume", conversation=conversation_id, after_sequence=last)
            )

    async def _shown(self, entry: PostedEntry) -> Event | None:
        if entry.kind == MessageKind.NOTE or entry.conversation_id not in self.following:
            return None
        last = entry.public_sequence or 0
        if not entry.is_remasked and last == self.following[entry.conversation_id] + 1:
            self.following[entry.conversation_id] = last
        return await in_thread(for_viewer, entry, self.visitor)

    async def _follow(self, conversation_id: UUID, after: int) -> None:
        """Hear a conversation known to be this visitor's; what is not theirs can't be presented to them anyhow."""
        if conversation_id not in self.following:
            if len(self.following) >= 50:
                raise CommandError(ErrorCode.TOO_FAST, retry_ms=60_000)
            self.following[conversation_id] = after
            await self.join(groups.conversation(self.visitor.tenant_id, conversation_id))

    async def _resume(self, conversation_id: UUID, after: int) -> None:
        answer = await in_thread(_resumed, self.visitor, conversation_id, after)
        if answer.messages:
            self.following[conversation_id] = max(self.following[conversation_id], answer.messages[-1].sequence)
        self.emit(answer)

    async def _slow_down(self, limit: Limit, key: str) -> None:
        if (wait_s := await limit.await_s(key, self.visitor.tenant_id)) > 0:
            raise CommandError(ErrorCode.TOO_FAST, retry_ms=int(wait_s * 1000) + 1)


def _known(visitor: Visitor, ids: list[UUID]) -> dict[UUID, tuple[int, str]]:
    """Return how far the conversations that are this visitor's have come; others are passed over in silence."""
    if visitor.contact_id is None or not ids:
        return {}
    with tenant_scope(visitor.tenant_id):
        last = selectors.last_sequences(ids, contact_id=visitor.contact_id)
        status = selectors.statuses(list(last))
    return {conversation_id: (last[conversation_id], status[conversation_id]) for conversation_id in last}


def _last_sequences(visitor: Visitor, ids: list[UUID]) -> dict[UUID, int]:
    return {conversation_id: last for conversation_id, (last, _) in _known(visitor, ids).items()}


def _resumed(visitor: Visitor, conversation_id: UUID, after: int) -> ConversationResumed:
    with tenant_scope(visitor.tenant_id):
        conversation = selectors.conversation(conversation_id)
        if conversation is None or visitor.contact_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
        return resumed(conversation, visitor, after, now=clock.now())


def _states(last: Mapping[UUID, int]) -> list[ConversationState]:
    return [ConversationState(conversation=key, last_sequence=sequence) for key, sequence in last.items()]
