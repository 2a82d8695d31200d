"""A socket: admits, parses, limits, sends, keeps alive. What the frames mean is said by the two consumers.

A silent socket has no task of its own but the one that reads. A command makes one, which ends when nothing waits; a
frame goes out at once, in the call that made it, unless the reader is slow or something must be looked up first.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from channels.consumer import AsyncConsumer
from django.conf import settings
from django.core.exceptions import SynchronousOnlyOperation

from chat.actions.failures import as_command_error
from chat.authentication import origin_of
from chat.consumers.flood import Allowance
from chat.consumers.outbox import Item, Outbox, OutboxFullError
from chat.delivery.hub import Hub, Shared, hub
from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import MAX_FRAME_BYTES, Command, Heartbeat, ResumeConversation
from chat.protocol.errors import CloseCode, CommandError, ErrorCode
from chat.protocol.events import (
    HEARTBEAT_S,
    ConversationChanged,
    ConversationState,
    ErrorReported,
    Event,
    HeartbeatSent,
    ServerDraining,
)
from chat.protocol.relay import ConversationNews, Relay
from helpdesk.core.eager import begin
from helpdesk.core.threads import at_once

logger = logging.getLogger(__name__)

OPENED_WITHIN_S: Final = 10.0
ANSWERED_WITHIN_S: Final = 10.0
UNACKNOWLEDGED: Final = 50
ACCESS_LIVES_S: Final = 2.0

_under_way: Final[set[asyncio.Task[None]]] = set()


class NoAccessError(Exception):
    """Who is at the other end may not be here any more."""

    def __init__(self, code: CloseCode) -> None:
        super().__init__(code.name)
        self.code = code


class ProtocolConsumer(AsyncConsumer, ABC):
    """One socket. Channels' own loop is not used: it makes a thread hop for each event and a layer channel for each
    socket, and neither is needed here."""

    commands: ClassVar[Mapping[str, type[Command]]]
    handlers: ClassVar[Mapping[type[Command], str]]
    opening: ClassVar[type[Command]]
    # Without a ticket, only the Origin header keeps another site's page from using a browser's cookie.
    needs_origin: ClassVar[bool] = True
    heartbeat_s: ClassVar[float] = HEARTBEAT_S

    hub: Hub
    _is_open: bool
    _is_closing: bool
    _access_seen_at: float

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
        finally:
            self._end()

    # What the two kinds of sockets decide ---------------------------------------------------------------------

    @abstractmethod
    def recheck(self) -> Coroutine[Any, Any, None]:
        """Look again whether whoever is here may be here; raise NoAccessError if not."""

    @abstractmethod
    def frame(self, told: Relay, shared: Shared) -> str | None:
        """Return what this socket's viewer is told, opened for them; None for what is not for them.

        Called on the loop, and again in a thread if something had to be looked up.
        """

    @abstractmethod
    def states(self) -> Coroutine[Any, Any, list[ConversationState]]:
        """Return how far the conversations followed have come."""

    # For the handlers -----------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Let an event go out after what waits already."""
        self._out(codec.encode(event))

    def refuse(self, error: CommandError, client_id: UUID | None = None) -> None:
        """Say why a command was not carried out."""
        self.emit(ErrorReported(code=error.code, client_id=client_id, retry_ms=error.retry_ms, field=error.field))

    def hear(self, channel: str, told: Relay, shared: Shared) -> None:
        """Take what the hub brings."""
        self._out((told, shared))

    def drain(self, reconnect_after_ms: int) -> None:
        """Tell the client to connect elsewhere."""
        self.emit(ServerDraining(reconnect_after_ms=reconnect_after_ms))

    def close(self, code: CloseCode) -> None:
        """Close the socket. What still waits is not sent: the client resumes from what it has."""
        if not self._is_closing:
            self._is_closing = True
            self._run(self._close(code))

    async def check_access(self) -> None:
        """Look whether whoever is here may still be; what was seen two seconds ago still counts.

        Raises:
            NoAccessError: They may not.
        """
        if not self._is_access_fresh():
            await self.recheck()
            self._access_seen_at = time.monotonic()

    def look_again(self) -> None:
        """Something about who may be here has changed: what was seen before counts no more."""
        self._access_seen_at = 0.0
        self._run(self._look())

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

    # Beginning and end ----------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.hub = hub()
        self.hub.sockets.add(self)
        self._outbox = Outbox()
        self._sending = False
        self._queue: deque[Command] | None = None
        self._allowance = Allowance()
        self._channels: set[str] = set()
        self._is_open = self._is_closing = False
        self._access_seen_at = 0.0
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(OPENED_WITHIN_S, self.close, CloseCode.IDLE)
        self._beaten = False

    def _end(self) -> None:
        self._is_closing = True
        self._timer.cancel()
        self.hub.sockets.discard(self)
        for channel in self._channels:
            self.hub.leave(channel, self)

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        # Held until it ends, and carried through even if the socket goes: what was committed must also be told.
        task = asyncio.create_task(work)
        _under_way.add(task)
        task.add_done_callback(_done)

    # What comes in --------------------------------------------------------------------------------------------

    def _received(self, event: Mapping[str, Any]) -> None:
        frame = event.get("text")
        if self._is_closing:
            return
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
            self._answered()
        elif isinstance(command, self.opening) == self._is_open:
            # Anything before the session is open, or the session a second time.
            self.refuse(CommandError(ErrorCode.NOT_PERMITTED, field="type"), getattr(command, "client_id", None))
        else:
            self.enqueue(command)

    def enqueue(self, command: Command) -> None:
        """Carry a command out after those that wait."""
        if self._queue is None:
            self._queue = deque((command,))
            self._run(self._work())
        elif len(self._queue) < UNACKNOWLEDGED:
            self._queue.append(command)
        else:
            self.refuse(CommandError(ErrorCode.TOO_FAST, retry_ms=1000), getattr(command, "client_id", None))

    async def _work(self) -> None:
        while self._queue and not self._is_closing:
            command = self._queue[0]
            try:
                if self._is_open:
                    await self.check_access()
                await getattr(self, self.handlers[type(command)])(command)
                if isinstance(command, self.opening):
                    self._opened()
            except NoAccessError as error:
                self.close(error.code)
            except Exception as error:  # noqa: BLE001 (whatever it is, the client is told and the socket lives)
                self.refuse(as_command_error(error), getattr(command, "client_id", None))
            self._queue.popleft()
        self._queue = None

    # What goes out --------------------------------------------------------------------------------------------

    def _out(self, item: Item) -> None:
        if self._is_closing:
            return
        if self._sending:
            self._wait(item)
            return
        try:
            frame = item if isinstance(item, str) else self._shown_at_once(item)
        except SynchronousOnlyOperation:
            self._wait(item)
            self._sending = True
            self._run(self._drain(None))
            return
        if frame is not None:
            self._send(frame)

    def _wait(self, item: Item) -> None:
        try:
            self._outbox.put(item)
        except OutboxFullError:
            self.close(CloseCode.TOO_SLOW)

    def _send(self, frame: str) -> None:
        try:
            rest = begin(self._transmit({"type": "websocket.send", "text": frame}))
        except (RuntimeError, OSError):
            return  # the peer has gone; `receive` tells
        if rest is not None:
            self._sending = True
            self._run(self._drain(rest))

    def _shown_at_once(self, item: tuple[Relay, Shared]) -> str | None:
        if not self._is_access_fresh():
            raise SynchronousOnlyOperation
        try:
            return self.frame(*item)
        except SynchronousOnlyOperation:
            raise
        except Exception as error:  # noqa: BLE001 (a lost event leaves a gap, and the client resumes)
            _not_shown(error)
            return None

    async def _drain(self, sent: Coroutine[Any, Any, None] | None) -> None:
        """Send what waits, one after the other, until nothing does."""
        with contextlib.suppress(RuntimeError, OSError):
            if sent is not None:
                await sent
        while self._outbox and not self._is_closing:
            item = self._outbox.take()
            frame = item if isinstance(item, str) else await self._shown(item)
            if frame is not None and not self._is_closing:
                with contextlib.suppress(RuntimeError, OSError):
                    await self._transmit({"type": "websocket.send", "text": frame})
        self._sending = False

    async def _shown(self, item: tuple[Relay, Shared]) -> str | None:
        try:
            await self.check_access()
            return await at_once(self.frame, *item)
        except NoAccessError as error:
            self.close(error.code)
        except Exception as error:  # noqa: BLE001 (a lost event leaves a gap, and the client resumes)
            _not_shown(error)
        return None

    async def _close(self, code: CloseCode) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            await self._transmit({"type": "websocket.close", "code": code})

    # Who is there ---------------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self._is_open = True
        self._timer.cancel()
        # Spread, so that sockets opened together are not asked together for ever after.
        first_s = self.heartbeat_s * (1 + secrets.randbelow(1000) / 1000) / 2
        self._timer = self._loop.call_later(first_s, self._beat)

    def _beat(self) -> None:
        if not self._is_closing:
            self._beaten = True
            self._timer = self._loop.call_later(ANSWERED_WITHIN_S, self.close, CloseCode.IDLE)
            self._run(self._heartbeat())

    async def _heartbeat(self) -> None:
        try:
            states = await self.states()
        except Exception as error:  # noqa: BLE001 (the heartbeat goes out all the same)
            logger.warning("no states", extra={"reason": type(error).__name__})
            states = []
        self.emit(HeartbeatSent(conversations=states))

    def _answered(self) -> None:
        if self._beaten:
            self._beaten = False
            self._timer.cancel()
            self._timer = self._loop.call_later(self.heartbeat_s, self._beat)

    def _is_access_fresh(self) -> bool:
        return time.monotonic() - self._access_seen_at <= ACCESS_LIVES_S

    async def _look(self) -> None:
        try:
            await self.check_access()
        except NoAccessError as error:
            self.close(error.code)

    def _is_own_origin(self) -> bool:
        """Our pages and the widget's frame are on our own host; a client that is no browser may name none."""
        origin = origin_of(self.scope)
        return origin == settings.SITE_ORIGIN if origin is not None else not self.needs_origin


def news_frame(news: ConversationNews, shared: Shared) -> str:
    """Return what all who may see a conversation are told of it, made once."""
    if (frame := shared.get("news")) is None:
        frame = shared["news"] = codec.encode(ConversationChanged.of(news.conversation_id, news.status))
    return str(frame)


def resume_after(conversation_id: UUID, last: int) -> ResumeConversation:
    """Return the command that reads what follows a sequence, as the client would send it."""
    return ResumeConversation(v=1, type="conversation.resume", conversation=conversation_id, after_sequence=last)


def _is_too_long(frame: str) -> bool:
    # A code point takes four bytes at most, so a short one need not be encoded to be counted.
    return len(frame) * 4 > MAX_FRAME_BYTES and len(frame.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES


def _not_shown(error: Exception) -> None:
    logger.warning("event not shown", extra={"reason": type(error).__name__})


def _done(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("a socket's task failed", extra={"reason": type(error).__name__})
