"""What goes out of a socket: at once, in the call that made it, unless the reader is slow or something must be looked
up first. Then it waits in order, in a bounded outbox, and a task of its own sends it."""

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from channels.consumer import AsyncConsumer
from django.core.exceptions import SynchronousOnlyOperation

from chat.actions.failures import is_outage
from chat.consumers.outbox import Item, Outbox, OutboxFullError
from chat.delivery.hub import Shared
from chat.protocol import codec, frames
from chat.protocol.errors import CloseCode, CommandError
from chat.protocol.events import ErrorReported, Event, ServerDraining
from chat.protocol.relay import PostedEntry, Told
from helpdesk.core.eager import begin
from helpdesk.core.threads import at_once

logger = logging.getLogger(__name__)

_under_way: Final[set[asyncio.Task[None]]] = set()


class NoAccessError(Exception):
    """Who is at the other end may not be here any more."""

    def __init__(self, code: CloseCode, reason: str = "") -> None:
        super().__init__(code.name)
        self.code = code
        self.reason = reason


class SendingConsumer(AsyncConsumer, ABC):
    """A socket as far as it sends and closes."""

    _transmit: Any
    _outbox: Outbox
    _sending: bool
    _is_closing: bool

    @abstractmethod
    def frame(self, told: Told, shared: Shared) -> str | None:
        """Return what this socket's viewer is told, opened for them; None for what is not for them.

        Called on the loop, and again in a thread if something had to be looked up.
        """

    @abstractmethod
    def have_at_hand(self, told: Told) -> Coroutine[Any, Any, None]:
        """Look up what `frame` needs, so that it asks nobody."""

    @abstractmethod
    def is_access_fresh(self) -> bool:
        """Whether whoever is here was looked at so lately that something may be shown to them."""

    @abstractmethod
    def check_access(self) -> Coroutine[Any, Any, None]:
        """Look whether whoever is here may still be; raise NoAccessError if not."""

    def emit(self, event: Event) -> None:
        """Let an event go out after what waits already."""
        self._out(codec.encode(event))

    def acknowledge(self, client_id: UUID, conversation: UUID, sequence: int, at: datetime) -> None:
        """Say that a message is stored."""
        self._out(frames.acknowledged(client_id, conversation, sequence, at))

    def refuse(self, error: CommandError, client_id: UUID | None = None) -> None:
        """Say why a command was not carried out."""
        self.emit(ErrorReported(code=error.code, client_id=client_id, retry_ms=error.retry_ms, field=error.field))

    def hear(self, channel: str, told: Told, shared: Shared) -> None:
        """Take what the hub brings."""
        self._out((told, shared))

    def drain(self, reconnect_after_ms: int) -> None:
        """Tell the client to connect elsewhere."""
        self.emit(ServerDraining(reconnect_after_ms=reconnect_after_ms))

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Close the socket. What still waits is not sent: the client resumes from what it has."""
        if not self._is_closing:
            self._is_closing = True
            self.run(self._close(code, reason))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work go on beside the socket's reading."""
        # Held until it ends, and carried through even if the socket goes: what was committed must also be told.
        task = asyncio.create_task(work)
        _under_way.add(task)
        task.add_done_callback(_done)

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
            self.run(self._drain(None))
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
            self.run(self._drain(rest))

    def _shown_at_once(self, item: tuple[Told, Shared]) -> str | None:
        if not self.is_access_fresh():
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

    async def _shown(self, item: tuple[Told, Shared]) -> str | None:
        try:
            await self.check_access()
            try:
                return self.frame(*item)
            except SynchronousOnlyOperation:
                await self.have_at_hand(item[0])
                return await at_once(self.frame, *item)
        except NoAccessError as error:
            self.close(error.code, error.reason)
        except Exception as error:  # noqa: BLE001 (a lost event leaves a gap, and the client resumes)
            _not_shown(error)
            if is_outage(error) and isinstance(item[0], PostedEntry):
                # The last message leaves no gap that anyone could see: the client comes again and reads on.
                self.close(CloseCode.TRY_AGAIN)
        return None

    async def _close(self, code: CloseCode, reason: str) -> None:
        with contextlib.suppress(RuntimeError, OSError):
            await self._transmit({"type": "websocket.close", "code": code, "reason": reason})


def _not_shown(error: Exception) -> None:
    logger.warning("event not shown", extra={"reason": type(error).__name__})


def _done(task: asyncio.Task[None]) -> None:
    _under_way.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("a socket's task failed", extra={"reason": type(error).__name__})
