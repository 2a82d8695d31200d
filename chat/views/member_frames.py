"""The workspace over HTTP, where WebSockets are blocked: one frame in, the event that a socket would answer out.

Nothing is kept between two requests. What a member follows is said with `session.open`, again and again: its answer
tells how far everything has come, and `conversation.resume` fetches what is missing. Each request is a sign of life.
"""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import redis
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from chat import broadcast, disclosure, groups, permissions, presence, selectors
from chat.actions import limits, messages, reading
from chat.actions.failures import as_command_error
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import AuthorKind
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import (
    Command,
    FollowConversation,
    MarkRead,
    OpenAgentSession,
    PostMessage,
    ResumeConversation,
    SetTyping,
    named,
)
from chat.protocol.events import ConversationState, Event, MessageAcknowledged, SessionOpened
from chat.protocol.relay import TypingNews
from chat.views.answers import answer, frame_of, refusal
from helpdesk.core import clock
from tenants.http import MemberRequest, member_required
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

logger = logging.getLogger(__name__)

COMMANDS: Final = named((OpenAgentSession, PostMessage, ResumeConversation, FollowConversation, SetTyping, MarkRead))


@sensitive_variables()
@require_POST
@member_required(Capability.READ_CONVERSATIONS, by_itself=True)
def exchange(request: MemberRequest) -> HttpResponse:
    """Carry out one frame of a member's."""
    member = request.membership
    client_id: UUID | None = None
    try:
        limits.slow_down(limits.MEMBER_FRAMES, str(member.id), member.tenant_id)
        command = frame_of(request, COMMANDS)
        client_id = getattr(command, "client_id", None)
        told = _HANDLERS[type(command)](member, command)
    except BadFrameError as error:
        return refusal(error, error.client_id)
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is one of the protocol's)
        return refusal(as_command_error(error), client_id)
    return HttpResponse(status=HTTPStatus.NO_CONTENT) if told is None else answer(told)


def _open(member: Membership, command: OpenAgentSession) -> Event:
    """Say how far what is followed has come; what is not this organisation's is passed over, as over a socket."""
    _give_sign(member)
    known = selectors.states([position.conversation for position in command.conversations])
    states = [
        ConversationState(conversation=each, last_sequence=last, read_sequence=team, seen_sequence=visitor)
        for each, (last, team, visitor) in known.items()
    ]
    return SessionOpened(conversations=states)


def _post(member: Membership, command: PostMessage) -> Event:
    committed = messages.post_agent_message(
        membership=member,
        conversation_id=command.conversation,
        client_id=command.client_id,
        text=command.text,
        kind=command.kind,
        insisted=command.insisted,
        now=clock.now(),
    )
    messages.announce(committed)
    return MessageAcknowledged(
        client_id=command.client_id, conversation=command.conversation, sequence=committed.sequence, at=committed.at
    )


def _resume(member: Membership, command: ResumeConversation | FollowConversation) -> Event:
    found = selectors.conversation(command.conversation)
    if found is None or not permissions.may_open(member, found):
        raise ConversationNotFoundError
    return disclosure.resumed(found, member, command.after_sequence, now=clock.now())


def _set_typing(member: Membership, command: SetTyping) -> None:
    require(member, command.capability)
    if selectors.contact_of(member.tenant_id, command.conversation) is None:
        raise ConversationNotFoundError
    news = TypingNews(member.tenant_id, command.conversation, AuthorKind.AGENT, member.id, command.on)
    broadcast.after_commit([(groups.conversation(member.tenant_id, command.conversation), news)])


def _mark_read(member: Membership, command: MarkRead) -> None:
    news = reading.mark_read_now(
        viewer=member, conversation_id=command.conversation, sequence=command.sequence, seen=command.seen
    )
    if news is not None:
        broadcast.after_commit(broadcast.read_moved(news))


def _give_sign(member: Membership) -> None:
    try:
        has_come = presence.give_sign_now(member.tenant_id, member.id, now=clock.now())
    except redis.RedisError as error:
        logger.warning("no sign given", extra={"reason": type(error).__name__})
        return
    if has_come:
        broadcast.presence_changed(member.tenant_id, member.id)


_HANDLERS: Final[Mapping[type[Command], Callable[[Membership, Any], Event | None]]] = {
    OpenAgentSession: _open,
    PostMessage: _post,
    ResumeConversation: _resume,
    FollowConversation: _resume,
    SetTyping: _set_typing,
    MarkRead: _mark_read,
}
