"""A socket: admits, parses, limits, sends, keeps alive. What the frames mean is said by the two consumers.

Four things happen at once and none waits for another: frames are read and put into a bounded queue; a worker carries
commands out in order; a writer opens and sends what waits in the outbox; a keeper sends heartbeats and closes a
silent socket.
"""

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from channels.consumer import AsyncConsumer
from django.conf import settings

from chat.actions.failures import as_command_error
from chat.authentication import origin_of
from chat.consumers.flood import FrameAllowance
from chat.consumers.outbox import Outbox, OutboxFullError
from chat.delivery.hub import Hub, hub
from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import MAX_FRAME_BYTES, Command, Heartbeat
from chat.protocol.errors import CloseCode, CommandError, ErrorCode
from chat.protocol.events import HEARTBEAT_S, ConversationState, ErrorReported, Event, HeartbeatSent
from chat.protocol.relay import Relay

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
    _outbox: Outbox
    _queue: asyncio.Queue[Command]
    _allowance: FrameAllowance
    _channels: set[str]
    _opened: asyncio.Event
    _answered: asyncio.Event
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
        tasks = [asyncio.create_task(work) for work in (self._work(), self._write(), self._keep_alive())]
        try:
            while (event := await receive())["type"] != "websocket.disconnect":
                self._received(event)
        finally:
            self._end(tasks)
            await asyncio.gather(*tasks, return_exceptions=True)

    # What the two kinds of sockets decide ---------------------------------------------------------------------

    @abstractmethod
    def recheck(self) -> Coroutine[Any, Any, None]:
        """Look again whether whoever is here may be here; raise NoAccessError if not."""

    @abstractmethod
    def present(self, told: Relay) -> Coroutine[Any, Any, Event | None]:
        """Return what this socket's viewer is told, opened for them; None for what is not for them."""

    @abstractmethod
    def states(self) -> Coroutine[Any, Any, list[ConversationState]]:
        """Return how far the conversations followed have come."""

    @abstractmethod
    def catch_up(self) -> None:
        """Read what may have been missed; called by the hub."""

    # For the handlers -----------------------------------------------------------------------------------------

    def emit(self, item: Event | Relay) -> None:
        """Let an event, or an envelope still to be opened, go out after what waits already."""
        try:
            self._outbox.put(codec.encode(item) if isinstance(item, Event) else item)
        except OutboxFullError:
            self.close(CloseCode.TOO_SLOW)

    def refuse(self, error: CommandError, client_id: UUID | None = None) -> None:
        """Say why a command was not carried out."""
        self.emit(ErrorReported(code=error.code, client_id=client_id, retry_ms=error.retry_ms, field=error.field))

    def hear(self, channel: str, told: Relay) -> None:
        """Take what the hub brings."""
        if not self._is_closing:
            self.emit(told)

    def close(self, code: CloseCode) -> None:
        """Close the socket. What still waits is not sent: the client resumes from what it has."""
        if not self._is_closing:
            self._is_closing = True
            self._closing = asyncio.ensure_future(self._close(code))

    async def check_access(self) -> None:
        """Look whether whoever is here may still be; what was seen two seconds ago still counts.

        Raises:
            NoAccessError: They may not.
        """
        if time.monotonic() - self._access_seen_at > ACCESS_LIVES_S:
            await self.recheck()
            self._access_seen_at = time.monotonic()

    # What happens at once -------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self.hub = hub()
        self._outbox = Outbox()
        self._queue = asyncio.Queue(UNACKNOWLEDGED)
        self._allowance = FrameAllowance()
        self._channels = set()
        self._opened, self._answered = asyncio.Event(), asyncio.Event()
        self._is_closing, self._access_seen_at = False, 0.0

    def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        self._is_closing = True
        for channel in self._channels:
            self.hub.leave(channel, self)
        for task in tasks:
            task.cancel()

    async def join(self, channel: str) -> None:
        """Hear a channel of the hub."""
        if channel not in self._channels and not self._is_closing:
            self._channels.add(channel)
            await self.hub.join(channel, self)

    def leave(self, channel: str) -> None:
        """Hear it no more."""
        if channel in self._channels:
            self._channels.discard(channel)
            self.hub.leave(channel, self)

    def _received(self, event: Mapping[str, Any]) -> None:
        frame = event.get("text")
        if self._is_closing:
            return
        if frame is None:
            self.refuse(CommandError(ErrorCode.BAD_FRAME))
        elif len(frame) > MAX_FRAME_BYTES or len(frame.encode("utf-8", "surrogatepass")) > MAX_FRAME_BYTES:
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
            self._answered.set()
        elif isinstance(command, self.opening) == self._opened.is_set():
            # Anything before the session is open, or the session a second time.
            self.refuse(CommandError(ErrorCode.NOT_PERMITTED, field="type"), getattr(command, "client_id", None))
        else:
            self._enqueue(command)

    def _enqueue(self, command: Command) -> None:
        try:
            self._queue.put_nowait(command)
        except asyncio.QueueFull:
            self.refuse(CommandError(ErrorCode.TOO_FAST, retry_ms=1000), getattr(command, "client_id", None))

    async def _work(self) -> None:
        while True:
            command = await self._queue.get()
            try:
                if self._opened.is_set():
                    await self.check_access()
                await self._carried_out(command)
                if isinstance(command, self.opening):
                    self._opened.set()
            except NoAccessError as error:
                self.close(error.code)
            except Exception as error:  # noqa: BLE001 (whatever it is, the client is told and the socket lives)
                self.refuse(as_command_error(error), getattr(command, "client_id", None))

    async def _carried_out(self, command: Command) -> None:
        # Carried through even if the socket goes meanwhile: what was committed must also be told.
        task = asyncio.create_task(getattr(self, self.handlers[type(command)])(command))
        _under_way.add(task)
        task.add_done_callback(_done)
        await asyncio.shield(task)

    async def _write(self) -> None:
        while True:
            item = await self._outbox.get()
            frame = item if isinstance(item, str) else await self._presented(item)
            if frame is not None and not self._is_closing:
                with contextlib.suppress(RuntimeError, OSError):  # the peer has gone; `receive` tells
                    await self._transmit({"type": "websocket.send", "text": frame})

    async def _presented(self, told: Relay) -> str | None:
        try:
            await self.check_access()
            event = await self.present(told)
        except NoAccessError as error:
            self.close(error.code)
            return None
        except Exception as error:  # noqa: BLE001 (a lost event leaves a gap, and the client resumes)
            logger.warning("event not shown", extra={"reason": type(error).__name__})
            return None
        return None if event is None else codec.encode(event)

    async def _keep_alive(self) -> None:
        try:
            await asyncio.wait_for(self._opened.wait(), OPENED_WITHIN_S)
            while True:
                await asyncio.sleep(self.heartbeat_s)
                self._answered.clear()
                self.emit(HeartbeatSent(conversations=await self._known_states()))
                await asyncio.wait_for(self._answered.wait(), ANSWERED_WITHIN_S)
        except TimeoutError:
            self.close(CloseCode.IDLE)

    async def _known_states(self) -> list[ConversationState]:
        try:
            return await self.states()
        except Exception as error:  # noqa: BLE001 (the heartbeat goes out all the same)
            logger.warning("no states", extra={"reason": type(error).__name__})
            return []

    async def _close(self, code: CloseCode) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            await self._transmit({"type": "websocket.close", "code": code})

    def _is_own_origin(self) -> bool:
        """Our pages and the widget's frame are on our own host; a client that is no browser may name none."""
        origin = origin_of(self.scope)
        return origin == settings.SITE_ORIGIN if origin is not None else not self.needs_origin


def _done(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled():
        # Looked at, so that nothing is printed of a failure whose socket has gone; `_work` tells of all others.
        task.exception()
