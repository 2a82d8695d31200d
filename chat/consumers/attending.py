"""Who is at the other end of a socket, and whether still: access looked at again, heartbeats, time limits."""

import asyncio
import logging
import secrets
import time
from abc import abstractmethod
from collections.abc import Coroutine
from typing import Any, ClassVar, Final

from chat.consumers.sending import NoAccessError, SendingConsumer
from chat.protocol.errors import CloseCode
from chat.protocol.events import HEARTBEAT_S, ConversationState, HeartbeatSent

logger = logging.getLogger(__name__)

OPENED_WITHIN_S: Final = 10.0
ANSWERED_WITHIN_S: Final = 10.0
ACCESS_LIVES_S: Final = 2.0
# Of a socket that hears something it is looked at again meanwhile, so that nothing it hears has to wait for that.
ACCESS_RENEWED_AFTER_S: Final = 1.5


class AttendingConsumer(SendingConsumer):
    """A socket as far as it looks after who is there."""

    heartbeat_s: ClassVar[float] = HEARTBEAT_S

    _access_seen_at: float
    _access_changed_at: float
    _renewing: bool
    _timer: asyncio.TimerHandle
    _beaten: bool
    _loop: asyncio.AbstractEventLoop

    @abstractmethod
    def recheck(self) -> Coroutine[Any, Any, None]:
        """Look again whether whoever is here may be here; raise NoAccessError if not."""

    @abstractmethod
    def states(self) -> Coroutine[Any, Any, list[ConversationState]]:
        """Return how far the conversations followed have come."""

    async def heartbeat(self) -> HeartbeatSent:
        """Return the heartbeat that goes to a client which has answered the last one."""
        return HeartbeatSent(conversations=await self.states())

    # Access ---------------------------------------------------------------------------------------------------

    def is_access_fresh(self) -> bool:
        age_s = time.monotonic() - self._access_seen_at
        if age_s > ACCESS_RENEWED_AFTER_S and age_s <= ACCESS_LIVES_S and not self._renewing:
            self._renewing = True
            self.run(self._renew())
        return age_s <= ACCESS_LIVES_S

    async def check_access(self) -> None:
        """Look whether whoever is here may still be; what was seen two seconds ago still counts.

        Raises:
            NoAccessError: They may not.
        """
        if not self.is_access_fresh():
            await self._recheck()

    async def _recheck(self) -> None:
        asked_at = time.monotonic()
        await self.recheck()
        self.note_access(asked_at)

    async def _renew(self) -> None:
        try:
            await self._recheck()
        except NoAccessError as error:
            self.close(error.code, error.reason)
        finally:
            self._renewing = False

    def note_access(self, asked_at: float) -> None:
        """Whoever is here was looked at; what changed after that moment of the monotonic clock may have been missed."""
        if asked_at >= self._access_changed_at:
            self._access_seen_at = asked_at

    def look_again(self) -> None:
        """Something about who may be here has changed: what was seen before counts no more."""
        self._access_seen_at, self._access_changed_at = 0.0, time.monotonic()
        self.run(self._look())

    async def _look(self) -> None:
        try:
            await self.check_access()
        except NoAccessError as error:
            self.close(error.code, error.reason)

    # Life -----------------------------------------------------------------------------------------------------

    def expect_opening(self) -> None:
        """Give the client a while to say who it is."""
        self._access_seen_at = self._access_changed_at = 0.0
        self._beaten = self._renewing = False
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(OPENED_WITHIN_S, self.close, CloseCode.IDLE)

    def begin_beating(self) -> None:
        """From now on ask now and then whether anybody is there."""
        self._timer.cancel()
        # Spread, so that sockets opened together are not asked together for ever after.
        first_s = self.heartbeat_s * (1 + secrets.randbelow(1000) / 1000) / 2
        self._timer = self._loop.call_later(first_s, self._beat)

    def end_beating(self) -> None:
        """Ask no more."""
        self._timer.cancel()

    def answered(self) -> None:
        """Take the client's answer to a heartbeat."""
        if self._beaten:
            self._beaten = False
            self._timer.cancel()
            self._timer = self._loop.call_later(self.heartbeat_s, self._beat)

    def _beat(self) -> None:
        if not self._is_closing:
            self._beaten = True
            self._timer = self._loop.call_later(ANSWERED_WITHIN_S, self.close, CloseCode.IDLE)
            self.run(self._heartbeat())

    async def _heartbeat(self) -> None:
        try:
            beat = await self.heartbeat()
        except Exception as error:  # noqa: BLE001 (the heartbeat goes out all the same)
            logger.warning("no states", extra={"reason": type(error).__name__})
            beat = HeartbeatSent()
        self.emit(beat)
