"""A socket: admits, parses, limits, and carries out one command after the other. What the frames mean is said by the
two consumers; what goes out by `sending`, who is there by `attending`.

A silent socket has no task of its own but the one that reads. A command makes one, which ends when nothing waits.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings

from chat.actions.failures import as_command_error, is_outage
from chat.authentication import origin_of
from chat.consumers.flood import Allowance
from chat.consumers.outbox import Outbox
from chat.consumers.posting import UNACKNOWLEDGED, PostingConsumer
from chat.consumers.sending import NoAccessError
from chat.delivery.hub import hub
from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import (
    MAX_FRAME_BYTES,
    Command,
    FollowConversation,
    Heartbeat,
    PostMessage,
    ResumeConversation,
)
from chat.protocol.errors import CloseCode, CommandError, ErrorCode

__all__ = ("NoAccessError", "ProtocolConsumer", "resume_after")

# Whoever gets no answer to these stays behind without knowing it.
_CATCHING_UP: Final = (ResumeConversation, FollowConversation)


class ProtocolConsumer(PostingConsumer):
    """One socket. Channels' own loop is not used: it makes a thread hop for each event and a layer channel for each
    socket, and neither is needed here."""

    commands: ClassVar[Mapping[str, type[Command]]]
    handlers: ClassVar[Mapping[type[Command], str]]
    opening: ClassVar[type[Command]]
    # Without a ticket, only the Origin header keeps another site's page from using a browser's cookie.
    needs_origin: ClassVar[bool] = True

    # Of what is stored together with the question whether whoever sent it may be here.
    judged_when_stored: ClassVar[frozenset[type[Command]]] = frozenset()

    _is_open: bool

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        self._transmit = send
        await receive()
        if not self._is_own_origin():
            await send({"type": "websocket.close", "code": CloseCode.NOT_ALLOWED})
            return
        await send({"type": "websocket.accept"})
        self._begin()
        try:
            while (event := await receive())["type"] != "websocket.disconnect":
                self._received(event)
                if self.is_full():
                    await self.room()
        finally:
            self._end()

    # For the handlers -----------------------------------------------------------------------------------------

    async def join(self, channel: str) -> None:
        """Hear a channel of the hub."""
        if channel not in self._channels and not self._is_closing:
            self._channels.add(channel)
            await self.hub.join(channel, self)
            if self not in self.hub.sockets:  # it has gone meanwhile
                self.hub.leave(channel, self)

    async def join_all(self, channels: Iterable[str]) -> None:
        """Hear several channels, asked for at once."""
        await asyncio.gather(*map(self.join, channels))

    def leave(self, channel: str) -> None:
        """Hear it no more."""
        if channel in self._channels:
            self._channels.discard(channel)
            self.hub.leave(channel, self)

    def pass_over(self, conversation_id: UUID) -> None:
        """Show nothing of a conversation that is not followed; it is read later if it is about to be."""
        if not self._is_open:
            self._too_early.add(conversation_id)

    # Beginning and end ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.hub = hub()
        self.hub.sockets.add(self)
        self._outbox = Outbox()
        self._queue: deque[Command] | None = None
        self._posting, self._has_room = set(), None
        self._allowance = Allowance()
        self._channels: set[str] = set()
        self._too_early: set[UUID] = set()
        self._sending = self._is_open = self._is_closing = False
        self.expect_opening()

    def _end(self) -> None:
        self._is_closing = True
        self.end_beating()
        self.hub.sockets.discard(self)
        for channel in self._channels:
            self.hub.leave(channel, self)

    # What comes in --------------------------------------------------------------------------------------------

    def _received(self, event: Mapping[str, Any]) -> None:
        frame = event.get("text")
        if self._is_closing:
            return
        # Whatever comes shows that somebody is there: an answer to the heartbeat may stand behind a backlog.
        self.answered()
        if frame is None:
            self.refuse(CommandError(ErrorCode.BAD_FRAME))
        elif _is_too_long(frame):
            self.close(CloseCode.BAD_FRAME)
        elif self._allowance.takes():
            self._parsed(frame)
        elif self._allowance.is_used_up:
            self.close(CloseCode.TOO_FAST)
        else:
            self.refuse(CommandError(ErrorCode.TOO_FAST, retry_ms=1000), codec.client_id_of(frame))

    def _parsed(self, frame: str) -> None:
        try:
            command = codec.parse(frame, self.commands)
        except BadFrameError as error:
            self.refuse(error, error.client_id)
            return
        if isinstance(command, Heartbeat):
            return
        if isinstance(command, self.opening) == self._is_open:
            # Anything before the session is open, or the session a second time.
            self.refuse(CommandError(ErrorCode.NOT_PERMITTED, field="type"), getattr(command, "client_id", None))
        else:
            self.enqueue(command)

    def enqueue(self, command: Command) -> None:
        """Carry a command out after those that wait."""
        if isinstance(command, PostMessage):
            try:
                self.admit(command)
            except CommandError as error:
                self.refuse(error, command.client_id)
                return
            if self._queue is None and self.post_at_once(command):
                return
        if self._queue is None:
            self._queue = deque((command,))
            self.run(self._work())
        else:
            self._queue.append(command)

    async def _work(self) -> None:
        while self._queue and not self._is_closing:
            command = self._queue[0]
            try:
                await self._carry_out(command)
            except NoAccessError as error:
                self.close(error.code, error.reason)
            except Exception as error:  # noqa: BLE001 (whatever it is, the client is told and the socket lives)
                self.refuse(as_command_error(error), getattr(command, "client_id", None))
                # A ticket is used up by the attempt, and what was missed stays missed: whoever waited on this socket
                # would wait in vain. The client comes again, and reads on from what it has.
                if isinstance(command, self.opening) or (isinstance(command, _CATCHING_UP) and is_outage(error)):
                    self.close(CloseCode.TRY_AGAIN)
            self._queue.popleft()
            self.has_room()
        self._queue = None

    def is_full(self) -> bool:
        return len(self._queue or ()) + len(self._posting) >= UNACKNOWLEDGED

    async def _carry_out(self, command: Command) -> None:
        if not isinstance(command, PostMessage):
            await self.settled()
        if self._is_open and type(command) not in self.judged_when_stored:
            await self.check_access()
        await getattr(self, self.handlers[type(command)])(command)
        if isinstance(command, self.opening):
            self._opened()

    def _opened(self) -> None:
        self._is_open = True
        self.begin_beating()
        # A message may come after it was looked how far a conversation is, and before that conversation is followed.
        if (followed := self.followed()) is not None:
            for each in self._too_early & followed[1].keys():
                self.enqueue(resume_after(each, followed[1][each]))

    def _is_own_origin(self) -> bool:
        """Our pages and the widget's frame are on our own host; a client that is no browser may name none."""
        origin = origin_of(self.scope)
        return origin == settings.SITE_ORIGIN if origin is not None else not self.needs_origin


def resume_after(conversation_id: UUID, last: int) -> ResumeConversation:
    """Return the command that reads what follows a sequence, as the client would send it."""
    return ResumeConversation(v=1, type="conversation.resume", conversation=conversation_id, after_sequence=last)


def _is_too_long(frame: str) -> bool:
    # A code point takes four bytes at most, so a short one need not be encoded to be counted.
    return len(frame) * 4 > MAX_FRAME_BYTES and len(frame.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES
