"""A client's connection that keeps itself alive, as `chat/static/chat/shared/socket.js` does."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from tests.bench.chat.wire import Wire, dial

OPENED_WITHIN_S: Final = 10.0
SILENCE_PER_HEARTBEAT: Final = 2.2
LOOKED_AT_EVERY_S: Final = 0.05
# RFC 6455, section 7.4.2, as `chat.protocol.errors` uses it: not signed in, not allowed here.
FINAL_CODES: Final = (4401, 4403)

SOON_S: Final = 2.0
SOON_TRIES: Final = 8

Frame = dict[str, Any]


def most_s(attempt: int) -> float:
    """Return the longest pause before an attempt, from 0 (`reconnectDelay` in `chat/static/chat/shared/socket.js`)."""
    if attempt < SOON_TRIES:
        return min(SOON_S, 0.5 * 2.0**attempt)
    return float(min(30.0, SOON_S * 2.0 ** min(attempt - SOON_TRIES + 1, 10)))


class RefusedError(Exception):
    """The server gave no session; `retry_s` is when it wants to be asked again."""

    def __init__(self, retry_s: float = 0.0) -> None:
        super().__init__("refused")
        self.retry_s = retry_s


class Line:
    """One socket after the other, with jitter in between.

    Args:
        ports: Of the web processes. A balancer stands for them: it tries the next where one does not answer.
        greet: Promises the first frame, given the ticket that the last connection left, if there is one.

    Whoever uses it sets `hear`, called with each event, and `lost`, called when the connection is gone.
    """

    hear: Callable[[Frame], None]
    lost: Callable[[], None]

    def __init__(
        self, ports: Sequence[int], path: str, dice: random.Random, *, cookie: str = "",
        greet: Callable[[str | None], Awaitable[Frame]],
    ) -> None:  # fmt: skip
        self.ports, self.path, self.dice, self.cookie = ports, path, dice, cookie
        self.greet = greet
        self.is_open = False
        self.port = 0
        self.connects = self.refusals = self.attempt = 0
        self.ticket: str | None = None
        self._wire: Wire | None = None
        self._silence_s = 60.0
        self._heard_at = 0.0
        self._asked_away = asyncio.Event()

    def send(self, frame: Frame) -> bool:
        """Send a frame; False when there is no connection, and nothing was sent."""
        if not self.is_open or self._wire is None or self._wire.closed_with is not None:
            return False
        self._wire.send(json.dumps(frame).encode())
        return True

    def cut(self) -> None:
        """Lose the connection as a phone does that leaves the house: nobody says good-bye."""
        if self._wire is not None:
            self._wire.transport.abort()

    async def run(self) -> None:
        """Keep a connection for ever."""
        while True:
            least_s = 0.0
            try:
                await self._one()
            except RefusedError as refused:
                least_s = refused.retry_s
            except (OSError, TimeoutError):
                pass
            finally:
                self._drop()
            self.lost()
            jitter_s = self.dice.random() * most_s(self.attempt)
            self.attempt += 1
            if self._asked_away.is_set():
                self._asked_away.clear()
                continue
            await asyncio.sleep(max(least_s, jitter_s))

    async def _one(self) -> None:
        loop = asyncio.get_running_loop()
        first = await asyncio.wait_for(self.greet(self.ticket), OPENED_WITHIN_S)
        wire = self._wire = await asyncio.wait_for(self._dialled(), OPENED_WITHIN_S)
        self.ticket = None
        wire.send(json.dumps(first).encode())
        self._heard_at, self._silence_s = loop.time(), OPENED_WITHIN_S
        while wire.closed_with is None and not self._asked_away.is_set():
            if loop.time() - self._heard_at > self._silence_s:
                raise TimeoutError
            await asyncio.sleep(LOOKED_AT_EVERY_S)
        if wire.closed_with in FINAL_CODES:
            self.refusals += 1

    async def _dialled(self) -> Wire:
        ports = self.dice.sample(list(self.ports), len(self.ports))
        for port in ports:
            try:
                wire = await dial(port, self.path, self._take, cookie=self.cookie)
            except OSError:
                if port == ports[-1]:
                    raise
            else:
                self.port = port
                return wire
        raise OSError("nobody answers")

    def _take(self, wire: Wire, payload: bytes) -> None:
        if wire is not self._wire:
            return
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        event: Frame = json.loads(payload)
        self.ticket = event.get("ticket") or self.ticket
        if event["type"] == "session.opened":
            self.is_open, self.attempt = True, 0
            self.connects += 1
            self._silence_s = event["heartbeat_s"] * SILENCE_PER_HEARTBEAT
        elif event["type"] == "heartbeat":
            self.send({"v": 1, "type": "heartbeat"})
        elif event["type"] == "server.draining":
            loop.call_later(event["reconnect_after_ms"] / 1000, self._asked_away.set)
        self.hear(event)

    def _drop(self) -> None:
        self.is_open, self.port = False, 0
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.transport.abort()
