"""One connection to one Valkey that publishes and hears, RESP3 (the RESP3 specification, "Push types").

A client library keeps a future for each command and builds objects for each message; here a publish is a write and a
message is a call. What a connection could not carry is repaired from the database, so nothing is kept to be sent again.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from redis.asyncio.connection import SSLConnection, parse_url

from helpdesk.core.valkey import TIMEOUT_S

CHECKED_EVERY_S: Final = 10.0
# A Valkey that takes nothing any more must not cost the process its memory.
MAX_UNSENT_BYTES: Final = 16 * 1024 * 1024

_EOL: Final = b"\r\n"
_BULK, _ARRAY, _PUSH, _MAP, _SET, _NUMBER, _ERROR = b"$*>%~:-"
_INCOMPLETE: Final = object()


class LinkRefusedError(Exception):
    """Valkey did not take the connection: another protocol, or the wrong password."""


class Link(asyncio.Protocol):
    """Made by `connected`; `closed` is done when it is lost."""

    def __init__(self, heard: Callable[[str, bytes], None], subscribed: Callable[[str], None]) -> None:
        self._heard, self._subscribed = heard, subscribed
        self._rest = b""
        self._loop = asyncio.get_running_loop()
        self._last_at = self._loop.time()
        self._greeted: asyncio.Future[None] = self._loop.create_future()
        self.closed: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport

    def publish(self, told: Iterable[tuple[str, bytes]]) -> None:
        """Publish payloads on channels, in one write."""
        self._write(b"".join(_command(b"PUBLISH", channel.encode(), payload) for channel, payload in told))

    def subscribe(self, channels: Iterable[str]) -> None:
        """Hear channels; `subscribed` is called for each."""
        if names := [channel.encode() for channel in channels]:
            self._write(_command(b"SUBSCRIBE", *names))

    def unsubscribe(self, channel: str) -> None:
        """Hear a channel no more."""
        self._write(_command(b"UNSUBSCRIBE", channel.encode()))

    def close(self) -> None:
        """End the connection."""
        self._transport.abort()

    # asyncio.Protocol -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=MAX_UNSENT_BYTES)

    def pause_writing(self) -> None:
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._greeted.done():
            self._greeted.set_exception(LinkRefusedError())
        if not self.closed.done():
            self.closed.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._last_at = self._loop.time()
        data = self._rest + data if self._rest else data
        at, end = 0, len(data)
        while at < end:
            value, after = _parsed(data, at)
            if value is _INCOMPLETE:
                break
            at = after
            self._take(value)
        self._rest = data[at:]

    def _take(self, value: Any) -> None:
        if isinstance(value, _Push):
            if value[0] == b"message":
                self._heard(value[1].decode(), value[2])
            elif value[0] == b"subscribe":
                self._subscribed(value[1].decode())
        elif not self._greeted.done():
            if isinstance(value, LinkRefusedError):
                self._greeted.set_exception(value)
            else:
                self._greeted.set_result(None)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    async def greet(self, *words: bytes) -> None:
        """Say which protocol, and who we are.

        Raises:
            LinkRefusedError: It does not know the protocol or us.
        """
        self._write(_command(b"HELLO", b"3", *words))
        await self._greeted
        self._check()

    def _check(self) -> None:
        """Ask now and then whether anybody is there; a line that stays silent is cut."""
        if self.closed.done():
            return
        if self._loop.time() - self._last_at > 2 * CHECKED_EVERY_S:
            self._transport.abort()
            return
        self._write(_command(b"PING"))
        self._loop.call_later(CHECKED_EVERY_S, self._check)


async def connected(url: str, heard: Callable[[str, bytes], None], subscribed: Callable[[str], None]) -> Link:
    """Return a new connection to the Valkey of a URL, as redis-py reads it.

    Raises:
        OSError, TimeoutError, LinkRefusedError: It is not there or does not take us.
    """
    loop = asyncio.get_running_loop()
    to: dict[str, Any] = dict(parse_url(url))
    secure = ssl.create_default_context() if to.get("connection_class") is SSLConnection else None
    async with asyncio.timeout(TIMEOUT_S):
        if path := to.get("path"):
            _, link = await loop.create_unix_connection(lambda: Link(heard, subscribed), path)
        else:
            host, port = to.get("host", "localhost"), to.get("port", 6379)
            _, link = await loop.create_connection(lambda: Link(heard, subscribed), host, port, ssl=secure)
        words = (to.get("username") or "default", to["password"]) if to.get("password") else ()
        try:
            await link.greet(*((b"AUTH", *(word.encode() for word in words)) if words else ()))
        except BaseException:
            link.close()
            raise
    return link


class _Push(list[Any]):
    """What comes without having been asked for."""


def _command(*words: bytes) -> bytes:
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts += (b"$%d\r\n" % len(word), word, _EOL)
    return b"".join(parts)


def _parsed(data: bytes, at: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and where it ends; _INCOMPLETE if not all of it is there."""
    eol = data.find(_EOL, at)
    if eol < 0:
        return _INCOMPLETE, at
    kind, after = data[at], eol + 2
    if kind == _BULK:
        end = after + int(data[at + 1 : eol])
        return (data[after:end], end + 2) if len(data) >= end + 2 else (_INCOMPLETE, at)
    if kind in (_PUSH, _ARRAY, _SET, _MAP):
        return _members(data, at, after, int(data[at + 1 : eol]))
    if kind == _ERROR:
        return LinkRefusedError(), after
    return (int(data[at + 1 : eol]) if kind == _NUMBER else data[at + 1 : eol]), after


def _members(data: bytes, at: int, after: int, count: int) -> tuple[Any, int]:
    kind = data[at]
    members: list[Any] = _Push() if kind == _PUSH else []
    for _ in range(2 * count if kind == _MAP else count):
        value, after = _parsed(data, after)
        if value is _INCOMPLETE:
            return _INCOMPLETE, at
        members.append(value)
    return members, after
