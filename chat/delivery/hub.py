"""One process's sockets, by channel: sealed envelopes and news in and out over Valkey.

A process serves its own sockets directly and publishes for the others. Valkey is only the doorbell: when one was lost,
the process asks the database once how far the conversations on it have come, and the sockets that lag read on.
"""

import asyncio
import contextlib
import logging
import secrets
import signal
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from django.conf import settings

from chat import groups
from chat.delivery import positions
from chat.delivery.host import SUBSCRIBED_WITHIN_S, Host
from chat.delivery.positions import Position
from chat.protocol import relay
from chat.protocol.relay import ConversationNews, Relay, TeamNews, Told, UnreadableRelayError
from helpdesk.core import draining, valkey
from tenants.reading import read

logger = logging.getLogger(__name__)

LINGER_S: Final = 30.0
# A list that shows who wrote last need not move more often than an eye follows: in a busy organisation every member
# hears of all conversations together, so often.
NEWS_EVERY_S: Final = 0.5
# Of sockets told to reconnect, each after a time of its own, so that the others are not met by all at once.
DRAINED_WITHIN_MS: Final = (10_000, 30_000)

Shared = dict[str, Any]
_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, "Hub"] = WeakKeyDictionary()


def hub() -> "Hub":
    """Return the hub of the running loop."""
    loop = asyncio.get_running_loop()
    if (known := _hubs.get(loop)) is None:
        known = _hubs[loop] = Hub()
        # A deploy drains a process before it ends it. Not on a loop beside the main thread, as in a test.
        if threading.current_thread() is threading.main_thread():
            loop.add_signal_handler(signal.SIGUSR1, known.drain)
    return known


class Listener(Protocol):
    """A socket. All are called on the loop and must not wait."""

    def hear(self, channel: str, told: Told, shared: Shared) -> None:
        """Take what came over a channel. `shared` is one for all who are told, to do once what is equal for all."""

    def followed(self) -> tuple[UUID, Mapping[UUID, int]] | None:
        """Return the organisation and, of the conversations followed, the last sequence sent."""

    def catch_up(self, known: Mapping[UUID, Position]) -> None:
        """Read from the database what was missed, if these conversations have come further."""

    def drain(self, reconnect_after_ms: int) -> None:
        """Tell the client to connect elsewhere."""


class Hub:
    """Subscribes on the first local socket of a channel, unsubscribes some time after the last."""

    def __init__(self) -> None:
        self.id: Final = uuid4().hex
        self.sockets: set[Listener] = set()
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._hosts = {url: Host(url, self._published, self._lost) for url in settings.MESSAGE_REDIS_URLS}
        self._unsent: dict[str, list[Relay]] = {}
        # Of each team that was told something a moment ago: what has come since, and whether here.
        self._news: dict[str, dict[UUID, tuple[ConversationNews, bool]]] = {}
        self._catching_up: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    async def join(self, channel: str, listener: Listener) -> None:
        """Let a socket hear a channel; returns when nothing published from now on is missed.

        Without Valkey it returns all the same: the socket catches up when Valkey is back.
        """
        self._listeners[channel].add(listener)
        if (subscribed := self._host(channel).subscribe(channel)) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(subscribed), SUBSCRIBED_WITHIN_S)

    def leave(self, channel: str, listener: Listener) -> None:
        """Let a socket hear a channel no more."""
        if channel in self._listeners:
            self._listeners[channel].discard(listener)
            if not self._listeners[channel]:
                self._loop.call_later(LINGER_S, self._forget, channel)

    def deliver(self, addressed: Iterable[tuple[str, Relay]]) -> None:
        """Serve this process's sockets at once, and publish for the others what comes until the loop turns."""
        for channel, told in addressed:
            if isinstance(told, ConversationNews) and groups.is_team(channel):
                self._gather(channel, told, is_ours=True)
            else:
                self._tell(channel, told)
                self._publish_soon(channel, told)

    def drain(self) -> None:
        """Ask every client to connect elsewhere within half a minute; new ones are not sent here any more."""
        draining.begin()
        for socket in tuple(self.sockets):
            socket.drain(DRAINED_WITHIN_MS[0] + secrets.randbelow(DRAINED_WITHIN_MS[1] - DRAINED_WITHIN_MS[0]))

    async def close(self) -> None:
        """Stop listening."""
        for host in self._hosts.values():
            await host.close()

    def _publish_soon(self, channel: str, told: Relay) -> None:
        if not self._unsent:
            self._loop.call_soon(self._publish)
        self._unsent.setdefault(channel, []).append(told)

    def _tell(self, channel: str, told: Told) -> None:
        shared: Shared = {}
        for listener in tuple(self._listeners.get(channel, ())):
            listener.hear(channel, told, shared)

    def _publish(self) -> None:
        unsent, self._unsent = self._unsent, {}
        by_host: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
        for channel, told in unsent.items():
            by_host[valkey.message_host(channel)].append((channel, relay.encode(told, self.id)))
        for url, payloads in by_host.items():
            self._hosts[url].publish(payloads)

    def _gather(self, channel: str, news: ConversationNews, *, is_ours: bool) -> None:
        """Tell a team at once if it has heard nothing for a while, and what follows together."""
        gathered = self._news.get(channel)
        if gathered is not None:
            earlier, _ = gathered.get(news.conversation_id, (None, False))
            gathered[news.conversation_id] = (news.after(earlier), is_ours)
            return
        self._tell_team(channel, [(news, is_ours)])

    def _tell_team(self, channel: str, gathered: Collection[tuple[ConversationNews, bool]]) -> None:
        self._news[channel] = {}
        self._loop.call_later(NEWS_EVERY_S, self._news_again, channel)
        news = tuple(one for one, _ in gathered)
        self._tell(channel, TeamNews(news[0].tenant_id, news))
        for one, is_ours in gathered:
            if is_ours:
                self._publish_soon(channel, one)

    def _news_again(self, channel: str) -> None:
        if gathered := self._news.pop(channel):
            self._tell_team(channel, gathered.values())

    def _published(self, channel: str, data: bytes) -> None:
        if relay.sender_of(data) == self.id:
            return
        try:
            for told in relay.decode(data):
                if isinstance(told, ConversationNews) and groups.is_team(channel):
                    self._gather(channel, told, is_ours=False)
                else:
                    self._tell(channel, told)
        except UnreadableRelayError:
            logger.warning("unreadable relay")

    def _forget(self, channel: str) -> None:
        if not self._listeners.get(channel):
            self._listeners.pop(channel, None)
            self._host(channel).unsubscribe(channel)

    def _host(self, channel: str) -> Host:
        return self._hosts[valkey.message_host(channel)]

    def _lost(self, channels: Sequence[str]) -> None:
        """A host is back: what was published on its channels meanwhile was not heard."""
        task = asyncio.create_task(self.catch_up(channels))
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def catch_up(self, channels: Iterable[str]) -> None:
        """Compare once for all sockets on these channels; those that lag read what they missed."""
        sockets = {socket for channel in channels for socket in self._listeners.get(channel, ())}
        followed: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for socket in sockets:
            if (told := socket.followed()) is not None:
                followed[told[0]] |= told[1].keys()
        known: dict[UUID, Position] = {}
        statements = [positions.statement(tenant, list(ids)) for tenant, ids in followed.items() if ids]
        try:
            rows = await read(*sorted(statements, key=lambda each: each.tenant_id.int)) if statements else []
        except Exception as error:  # noqa: BLE001 (the next heartbeat carries the last sequences)
            logger.warning("gaps not looked for", extra={"reason": type(error).__name__})
            return
        for of_tenant in rows:
            known |= {row[0]: Position(*row[1:]) for row in of_tenant}
        for socket in sockets:
            socket.catch_up(known)
