"""One of the hosts that carry messages: its connection, kept up, and the channels this process hears there."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from typing import Final

from chat.delivery.link import Link, LinkRefusedError, connected

logger = logging.getLogger(__name__)

FIRST_BACKOFF_S: Final = 0.1
MAX_BACKOFF_S: Final = 2.0
SUBSCRIBED_WITHIN_S: Final = 2.0

Subscribed = asyncio.Future[None]


class Host:
    """Connects when it is first needed, and again after a loss, with a pause that grows."""

    def __init__(self, url: str, heard: Callable[[str, bytes], None], lost: Callable[[Sequence[str]], None]) -> None:
        self._url, self._heard, self._lost = url, heard, lost
        # A channel with None is heard for certain.
        self._wanted: dict[str, Subscribed | None] = {}
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None

    def subscribe(self, channel: str) -> Subscribed | None:
        """Hear a channel; returns what is done when that is certain, or None if it is already."""
        self._ensure()
        if channel not in self._wanted:
            self._wanted[channel] = asyncio.get_running_loop().create_future()
            if self._link is not None:
                self._link.subscribe([channel])
        return self._wanted[channel]

    def unsubscribe(self, channel: str) -> None:
        """Hear a channel no more."""
        if (waiting := self._wanted.pop(channel, None)) is not None:
            waiting.cancel()
        if self._link is not None:
            self._link.unsubscribe(channel)

    def publish(self, told: Sequence[tuple[str, bytes]]) -> None:
        """Publish if the host is there. If not, those who would hear are cut off from it too, and catch up."""
        self._ensure()
        if self._link is not None:
            self._link.publish(told)

    async def close(self) -> None:
        """End the connection."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _ensure(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        backoff_s, is_first = FIRST_BACKOFF_S, True
        while True:
            link: Link | None = None
            try:
                link = await connected(self._url, self._heard, self._is_subscribed)
                backoff_s = FIRST_BACKOFF_S
                self._link = link
                link.subscribe(self._wanted)
                if not is_first:
                    await self._all_subscribed()
                    self._lost(tuple(self._wanted))
                await link.closed
            except (OSError, TimeoutError, LinkRefusedError) as error:
                logger.warning("no host for messages", extra={"reason": type(error).__name__})
            finally:
                self._link = None
                if link is not None:
                    link.close()
            is_first = False
            self._unsure()
            await asyncio.sleep(backoff_s)
            backoff_s = min(MAX_BACKOFF_S, backoff_s * 2)

    async def _all_subscribed(self) -> None:
        # Who compares with the database before the channels are heard misses what comes in between.
        if waiting := [future for future in self._wanted.values() if future is not None]:
            await asyncio.wait(waiting, timeout=SUBSCRIBED_WITHIN_S)

    def _is_subscribed(self, channel: str) -> None:
        waiting = self._wanted.get(channel)
        if waiting is not None:
            self._wanted[channel] = None
            if not waiting.done():
                waiting.set_result(None)

    def _unsure(self) -> None:
        loop = asyncio.get_running_loop()
        for channel, waiting in self._wanted.items():
            if waiting is None:
                self._wanted[channel] = loop.create_future()
