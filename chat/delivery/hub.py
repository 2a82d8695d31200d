"""One process's sockets, by channel: sealed envelopes and news in and out over Valkey.

A process serves its own sockets directly and publishes for the others. Valkey is only the doorbell: when it was lost,
every socket reads from the database what it may have missed.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from typing import Any, Final, Protocol
from uuid import uuid4
from weakref import WeakKeyDictionary

import redis
import redis.exceptions

from chat.protocol import relay
from chat.protocol.relay import Relay, UnreadableRelayError
from helpdesk.core import valkey

logger = logging.getLogger(__name__)

LINGER_S: Final = 30.0
SUBSCRIBED_WITHIN_S: Final = 2.0
FIRST_BACKOFF_S: Final = 0.1
MAX_BACKOFF_S: Final = 2.0

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, "Hub"] = WeakKeyDictionary()


def hub() -> "Hub":
    """Return the hub of the running loop."""
    loop = asyncio.get_running_loop()
    if (known := _hubs.get(loop)) is None:
        known = _hubs[loop] = Hub()
    return known


class Listener(Protocol):
    """A socket. Both are called on the loop and must not wait."""

    def hear(self, channel: str, told: Relay) -> None:
        """Take what came over a channel."""

    def catch_up(self) -> None:
        """Read from the database what may have been missed."""


class Hub:
    """Subscribes on the first local socket of a channel, unsubscribes some time after the last."""

    def __init__(self) -> None:
        self.id: Final = uuid4().hex
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._subscribed: dict[str, asyncio.Event] = {}
        self._pubsub: Any = None
        self._task: asyncio.Task[None] | None = None

    async def join(self, channel: str, listener: Listener) -> None:
        """Let a socket hear a channel; returns when nothing published from now on is missed.

        Without Valkey it returns all the same: the socket is told to catch up when Valkey is back.
        """
        self._listeners[channel].add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        event = self._subscribed.get(channel)
        if event is None:
            event = self._subscribed[channel] = asyncio.Event()
            await self._subscribe(channel)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), SUBSCRIBED_WITHIN_S)

    def leave(self, channel: str, listener: Listener) -> None:
        """Let a socket hear a channel no more."""
        if channel in self._listeners:
            self._listeners[channel].discard(listener)
            if not self._listeners[channel]:
                asyncio.get_running_loop().call_later(LINGER_S, self._forget, channel)

    async def deliver(self, addressed: list[tuple[str, Relay]]) -> None:
        """Serve this process's sockets at once, and publish for the others."""
        for channel, told in addressed:
            self._tell(channel, told)
        try:
            pipeline = valkey.async_client().pipeline(transaction=False)
            for channel, told in addressed:
                pipeline.publish(channel, relay.encode(told, self.id))
            await pipeline.execute()
        except (redis.RedisError, OSError) as error:
            logger.warning("not published", extra={"reason": type(error).__name__, "count": len(addressed)})

    async def close(self) -> None:
        """Stop listening, for good."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _tell(self, channel: str, told: Relay) -> None:
        for listener in tuple(self._listeners.get(channel, ())):
            listener.hear(channel, told)

    def _forget(self, channel: str) -> None:
        if not self._listeners.get(channel):
            self._listeners.pop(channel, None)
            self._subscribed.pop(channel, None)
            if self._pubsub is not None:
                self._later = asyncio.ensure_future(self._unsubscribe(channel))

    async def _subscribe(self, channel: str) -> None:
        if self._pubsub is not None:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.subscribe(channel)

    async def _unsubscribe(self, channel: str) -> None:
        if self._pubsub is not None and channel not in self._subscribed:
            with contextlib.suppress(redis.RedisError, OSError):
                await self._pubsub.unsubscribe(channel)

    async def _run(self) -> None:
        """Listen; after a loss begin anew, with a pause that grows, and let every socket catch up."""
        backoff_s, is_first = FIRST_BACKOFF_S, True
        while True:
            client = valkey.listening_client()
            try:
                async with client.pubsub() as pubsub:
                    await self._subscribe_all(pubsub)
                    backoff_s = FIRST_BACKOFF_S
                    if not is_first:
                        self._catch_up()
                    is_first = False
                    await self._listen(pubsub)
            except Exception as error:  # noqa: BLE001 (whatever it is, this process must hear again)
                logger.warning("lost the channels", extra={"reason": type(error).__name__})
                is_first = False
            finally:
                self._pubsub = None
                await client.aclose()
            for event in self._subscribed.values():
                event.clear()
            await asyncio.sleep(backoff_s)
            backoff_s = min(MAX_BACKOFF_S, backoff_s * 2)

    async def _subscribe_all(self, pubsub: Any) -> None:
        # A channel of our own keeps the connection in the subscribed state when nobody listens.
        names = {f"chat:process:{self.id}", *self._subscribed}
        await pubsub.subscribe(*names)
        self._pubsub = pubsub
        # Sockets that joined meanwhile; those that join from here on subscribe by themselves.
        if late := set(self._subscribed) - names:
            await pubsub.subscribe(*late)

    async def _listen(self, pubsub: Any) -> None:
        async for message in pubsub.listen():
            name = message["channel"].decode()
            if message["type"] == "subscribe" and name in self._subscribed:
                self._subscribed[name].set()
            elif message["type"] == "message":
                self._published(name, message["data"])

    def _published(self, channel: str, data: bytes) -> None:
        try:
            told, sender = relay.decode(data)
        except UnreadableRelayError:
            logger.warning("unreadable relay")
            return
        if sender != self.id:
            self._tell(channel, told)

    def _catch_up(self) -> None:
        everyone = {listener for listeners in self._listeners.values() for listener in listeners}
        for listener in everyone:
            listener.catch_up()
