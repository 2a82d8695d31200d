"""An agent's socket: hears of every conversation of the organisation, follows those that are open on the screen."""

from collections.abc import Mapping
from typing import ClassVar, Final
from uuid import UUID

from chat import groups, people, permissions, selectors
from chat.actions import coaching, messages
from chat.broadcast import is_for_lists
from chat.consumers.base import resume_after
from chat.consumers.member import MemberConsumer
from chat.consumers.reading import marked, read_frame
from chat.delivery.hub import Shared
from chat.delivery.positions import Position, positions
from chat.delivery.sealed import Committed, ConversationNotFoundError, Draft
from chat.disclosure import frame_for_viewer
from chat.models import AuthorKind
from chat.protocol import codec
from chat.protocol.commands import (
    AGENT_COMMANDS,
    MAX_FOLLOWED,
    Command,
    FollowConversation,
    MarkRead,
    OpenAgentSession,
    PostMessage,
    ResumeConversation,
    SetTyping,
    UnfollowConversation,
    named,
)
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import (
    Author,
    ConversationChanged,
    ConversationsChanged,
    ConversationState,
    PresenceChanged,
    SessionOpened,
    TeamsChanged,
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
from helpdesk.core import clock
from helpdesk.core.threads import at_once, in_thread
from tenants.permissions import NotPermittedError, require

RETRY_FOLLOW_MS: Final = 60_000


class AgentConsumer(MemberConsumer):
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
        MarkRead: "mark_read",
    }
    following: dict[UUID, int]

    async def open_session(self, command: OpenAgentSession) -> None:
        await self.check_access()
        self.following = {}
        tenant_id = self.membership.tenant_id
        asked = {position.conversation: position.after_sequence for position in command.conversations}
        # Heard before they are looked at, so that nothing falls between; what is not theirs is left again.
        channels = {each: groups.conversation(tenant_id, each) for each in asked}
        await self.join_all((groups.team(tenant_id), *channels.values()))
        known = await positions(tenant_id, asked)
        for conversation_id, position in known.items():
            selectors.note_contact(tenant_id, conversation_id, position.contact_id)
        self.following = {each: asked[each] for each in known}
        for each in asked.keys() - known.keys():
            self.leave(channels[each])
        self.emit(SessionOpened(conversations=_states(known)))
        self.run(self.give_sign())

    def admit(self, command: PostMessage) -> None:
        """Members are slowed down by the socket's own allowance alone."""

    def draft_at_once(self, command: PostMessage) -> Draft | None:
        if coaching.asks(command.kind, command.text):
            return None
        contact_id = selectors.known_contact(self.membership.tenant_id, command.conversation)
        return self._draft(command, contact_id) if contact_id is not None and self.is_access_fresh() else None

    async def post_message(self, command: PostMessage) -> None:
        contact_id = await at_once(selectors.contact_of, self.membership.tenant_id, command.conversation)
        if contact_id is None:
            raise ConversationNotFoundError
        if coaching.asks(command.kind, command.text):
            await in_thread(self._hold_back, command)
        await self.post(command, self._draft(command, contact_id))

    def _hold_back(self, command: PostMessage) -> None:
        coaching.hold_back(
            membership=self.membership,
            conversation_id=command.conversation,
            kind=command.kind,
            text=command.text,
            insisted=command.insisted,
            now=clock.now(),
        )

    def sequence_of(self, committed: Committed) -> int:
        return committed.sequence

    async def resume_conversation(self, command: ResumeConversation | FollowConversation) -> None:
        if command.conversation not in self.following:
            if command.conversation not in await positions(self.membership.tenant_id, [command.conversation]):
                raise ConversationNotFoundError
            await self._follow(command.conversation, command.after_sequence)
        answer = await resumed(command.conversation, self.membership, command.after_sequence, now=clock.now())
        if answer.messages:
            last = answer.messages[-1].sequence
            self.following[command.conversation] = max(self.following[command.conversation], last)
        self.emit(answer)

    async def unfollow_conversation(self, command: UnfollowConversation) -> None:
        if self.following.pop(command.conversation, None) is not None:
            self.leave(groups.conversation(self.membership.tenant_id, command.conversation))

    async def set_typing(self, command: SetTyping) -> None:
        require(self.membership, command.capability)
        if command.conversation not in self.following:
            raise CommandError(ErrorCode.NOT_FOUND)
        tenant_id = self.membership.tenant_id
        news = TypingNews(tenant_id, command.conversation, AuthorKind.AGENT, self.membership.id, command.on)
        self.hub.deliver([(groups.conversation(tenant_id, command.conversation), news)])

    async def mark_read(self, command: MarkRead) -> None:
        self.hub.deliver(await marked(command, self.membership, self.following))

    def hear(self, channel: str, told: Told, shared: Shared) -> None:
        if isinstance(told, AccessNews):
            self.look_again()
        # What the list shows comes over the team's channel too, for conversations that are not followed.
        elif groups.is_team(channel) or not is_for_lists(told):
            super().hear(channel, told, shared)

    async def have_at_hand(self, told: Told) -> None:
        if isinstance(told, PostedEntry):
            await have_at_hand((told,), self.membership)

    def frame(self, told: Told, shared: Shared) -> str | None:
        if isinstance(told, PostedEntry):
            return self._posted(told, shared)
        if isinstance(told, TeamNews):
            return _team_frame(told, shared)
        if isinstance(told, ReadNews):
            return read_frame(told, shared, public=False)
        if isinstance(told, PresenceNews | TeamsNews):
            changed = TeamsChanged() if isinstance(told, TeamsNews) else PresenceChanged(membership=told.author_id)
            return codec.encode(changed)
        if (
            isinstance(told, ConversationNews | AccessNews | NoticeNews | QueueNews)
            or told.author_id == self.membership.id
        ):
            return None
        if told.author_kind == AuthorKind.VISITOR:
            author = Author(kind="visitor", name=selectors.visitor_name(told.author_id))
        else:
            author = Author(kind="agent", name=people.member_name(told.tenant_id, told.author_id))
        return codec.encode(TypingChanged(conversation=told.conversation_id, author=author, on=told.on))

    async def states(self) -> list[ConversationState]:
        return _states(await positions(self.membership.tenant_id, self.following))

    def followed(self) -> tuple[UUID, Mapping[UUID, int]] | None:
        return (self.membership.tenant_id, self.following) if self._is_open else None

    def catch_up(self, known: Mapping[UUID, Position]) -> None:
        for conversation_id, last in self.following.items():
            position = known.get(conversation_id)
            if position is not None and position.last_sequence > last:
                self.enqueue(resume_after(conversation_id, last))

    def _posted(self, entry: PostedEntry, shared: Shared) -> str | None:
        if entry.conversation_id not in self.following:
            self.pass_over(entry.conversation_id)
            return None
        # Each viewer is looked at; what members may see is the same for all of them, and made once.
        try:
            permissions.require_reader(self.membership, entry)
        except NotPermittedError:
            return None
        if (frame := shared.get("member")) is None:
            frame = shared["member"] = frame_for_viewer(entry, self.membership, shared)
        if not entry.is_remasked and entry.sequence == self.following[entry.conversation_id] + 1:
            self.following[entry.conversation_id] = entry.sequence
        return str(frame)

    def _draft(self, command: PostMessage, contact_id: UUID) -> Draft:
        return messages.agent_draft(
            membership=self.membership,
            conversation_id=command.conversation,
            contact_id=contact_id,
            client_id=command.client_id,
            kind=command.kind,
            now=clock.now(),
        )

    async def _follow(self, conversation_id: UUID, after: int) -> None:
        if len(self.following) >= MAX_FOLLOWED:
            raise CommandError(ErrorCode.TOO_FAST, retry_ms=RETRY_FOLLOW_MS)
        self.following[conversation_id] = after
        await self.join(groups.conversation(self.membership.tenant_id, conversation_id))


def _team_frame(told: TeamNews, shared: Shared) -> str:
    """Return what all members of an organisation are told of its conversations, made once."""
    if (frame := shared.get("news")) is None:
        changed = [ConversationChanged.of(news.conversation_id, news.status, said=news.said) for news in told.news]
        event = changed[0] if len(changed) == 1 else ConversationsChanged.of(changed)
        frame = shared["news"] = codec.encode(event)
    return str(frame)


def _states(known: Mapping[UUID, Position]) -> list[ConversationState]:
    return [
        ConversationState(
            conversation=key,
            last_sequence=position.last_sequence,
            read_sequence=position.team_read,
            seen_sequence=position.visitor_read,
        )
        for key, position in known.items()
    ]
