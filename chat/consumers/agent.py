"""An agent's socket: hears of every conversation of the organisation, follows those that are open on the screen."""

from collections.abc import Mapping
from typing import ClassVar, Final
from uuid import UUID

from chat import groups, selectors
from chat.actions import messages
from chat.authentication import NoMemberError, NotSignedInError, agent_of
from chat.broadcast import addressed
from chat.consumers.base import NoAccessError, ProtocolConsumer
from chat.delivery.sealed import ConversationNotFoundError
from chat.disclosure import for_viewer, resumed
from chat.models import AuthorKind
from chat.protocol.commands import (
    AGENT_COMMANDS,
    MAX_FOLLOWED,
    Command,
    FollowConversation,
    OpenAgentSession,
    PostMessage,
    ResumeConversation,
    SetTyping,
    UnfollowConversation,
    named,
)
from chat.protocol.errors import CloseCode, CommandError, ErrorCode
from chat.protocol.events import (
    Author,
    ConversationChanged,
    ConversationResumed,
    ConversationState,
    Event,
    MessageAcknowledged,
    SessionOpened,
    TypingChanged,
)
from chat.protocol.relay import ConversationNews, PostedEntry, Relay, TypingNews
from helpdesk.core import clock
from helpdesk.core.threads import in_thread
from tenants.models import Membership
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope

RETRY_FOLLOW_MS: Final = 60_000


class AgentConsumer(ProtocolConsumer):
    """Known by the session cookie; the organisation stands in the address."""

    commands = named(AGENT_COMMANDS)
    opening = OpenAgentSession
    handlers: ClassVar[Mapping[type[Command], str]] = {
        OpenAgentSession: "open_session",
        PostMessage: "post_message",
        ResumeConversation: "resume_conversation",
        FollowConversation: "resume_conversation",
        UnfollowConversation: "unfollow_conversation",
        SetTyping: "set_typing",
    }
    membership: Membership

    async def open_session(self, command: OpenAgentSession) -> None:
        await self.recheck()
        self.following: dict[UUID, int] = {}
        asked = {position.conversation: position.after_sequence for position in command.conversations}
        known = await in_thread(_last_sequences, self.membership, list(asked))
        await self.join(groups.team(self.membership.tenant_id))
        for conversation_id in known:
            await self._follow(conversation_id, asked[conversation_id])
        self.emit(SessionOpened(conversations=_states(known)))

    async def post_message(self, command: PostMessage) -> None:
        committed = await messages.apost_agent_message(
            membership=self.membership,
            conversation_id=command.conversation,
            client_id=command.client_id,
            text=command.text,
            kind=command.kind,
            now=clock.now(),
        )
        self.emit(
            MessageAcknowledged(
                client_id=command.client_id,
                conversation=command.conversation,
                sequence=committed.sequence,
                at=committed.at,
            )
        )
        # Also of a repeat: the process that stored it may have died before it could tell. Clients drop what they have.
        await self.hub.deliver(addressed(committed.entry, committed.status))

    async def resume_conversation(self, command: ResumeConversation | FollowConversation) -> None:
        if command.conversation not in self.following:
            if command.conversation not in await in_thread(_last_sequences, self.membership, [command.conversation]):
                raise ConversationNotFoundError
            await self._follow(command.conversation, command.after_sequence)
        answer = await in_thread(_resumed, self.membership, command.conversation, command.after_sequence)
        if answer.messages:
            last = answer.messages[-1].sequence
            self.following[command.conversation] = max(self.following[command.conversation], last)
        self.emit(answer)

    async def unfollow_conversation(self, command: UnfollowConversation) -> None:
        if self.following.pop(command.conversation, None) is not None:
            self.leave(groups.conversation(self.membership.tenant_id, command.conversation))

    async def set_typing(self, command: SetTyping) -> None:
        if command.conversation not in self.following:
            raise CommandError(ErrorCode.NOT_FOUND)
        tenant_id = self.membership.tenant_id
        news = TypingNews(tenant_id, command.conversation, AuthorKind.AGENT, self.membership.id, command.on)
        await self.hub.deliver([(groups.conversation(tenant_id, command.conversation), news)])

    def hear(self, channel: str, told: Relay) -> None:
        # News comes over the team's channel too, for conversations that are not followed.
        if isinstance(told, ConversationNews) and channel != groups.team(told.tenant_id):
            return
        super().hear(channel, told)

    async def recheck(self) -> None:
        try:
            self.membership = await in_thread(agent_of, self.scope, self.scope["url_route"]["kwargs"]["slug"])
        except NotSignedInError:
            raise NoAccessError(CloseCode.NOT_SIGNED_IN) from None
        except NoMemberError:
            raise NoAccessError(CloseCode.NOT_ALLOWED) from None

    async def present(self, told: Relay) -> Event | None:
        if isinstance(told, PostedEntry):
            return await self._shown(told)
        if isinstance(told, ConversationNews):
            return ConversationChanged.of(told.conversation_id, told.status)
        if told.author_id == self.membership.id:
            return None
        if told.author_kind == AuthorKind.VISITOR:
            author = Author(kind="visitor", name=selectors.visitor_name(told.author_id))
        else:
            name = await in_thread(selectors.member_name, told.tenant_id, told.author_id)
            author = Author(kind="agent", name=name)
        return TypingChanged(conversation=told.conversation_id, author=author, on=told.on)

    async def states(self) -> list[ConversationState]:
        return _states(await in_thread(_last_sequences, self.membership, list(self.following)))

    def catch_up(self) -> None:
        for conversation_id, last in self.following.items():
            self._enqueue(
                ResumeConversation(v=1, type="conversation.resume", conversation=conversation_id, after_sequence=last)
            )

    async def _shown(self, entry: PostedEntry) -> Event | None:
        if entry.conversation_id not in self.following:
            return None
        if not entry.is_remasked and entry.sequence == self.following[entry.conversation_id] + 1:
            self.following[entry.conversation_id] = entry.sequence
        try:
            return await in_thread(for_viewer, entry, self.membership)
        except NotPermittedError:
            return None

    async def _follow(self, conversation_id: UUID, after: int) -> None:
        if len(self.following) >= MAX_FOLLOWED:
            raise CommandError(ErrorCode.TOO_FAST, retry_ms=RETRY_FOLLOW_MS)
        self.following[conversation_id] = after
        await self.join(groups.conversation(self.membership.tenant_id, conversation_id))


def _last_sequences(membership: Membership, ids: list[UUID]) -> dict[UUID, int]:
    """Return how far conversations of the member's organisation have come; others are passed over in silence."""
    if not ids:
        return {}
    with tenant_scope(membership.tenant_id):
        return selectors.last_sequences(ids)


def _resumed(membership: Membership, conversation_id: UUID, after: int) -> ConversationResumed:
    with tenant_scope(membership.tenant_id):
        conversation = selectors.conversation(conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        return resumed(conversation, membership, after, now=clock.now())


def _states(last: Mapping[UUID, int]) -> list[ConversationState]:
    return [ConversationState(conversation=key, last_sequence=sequence) for key, sequence in last.items()]
