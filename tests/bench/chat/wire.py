"""A WebSocket client for load: frames written and read by hand, so that one core can drive a server's core.

RFC 6455. The masking key is zero, which is a key like any other.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

HANDSHAKE: Final = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://{host}\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{cookie}\r\n"
)
TEXT, CLOSE, PING = 0x81, 0x88, 0x89


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """Return a client's frame."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class Wire(asyncio.Protocol):
    """One socket; `heard` is called with each text frame."""

    def __init__(self, request: bytes, heard: Callable[["Wire", bytes], None]) -> None:
        self._request, self._heard = request, heard
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.closed_with: int | None = None
        self.transport: asyncio.Transport
        # Whatever the load keeps of this socket.
        self.facts: dict[str, Any] = {}

    def send(self, payload: bytes) -> None:
        self.transport.write(frame(payload))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.closed_with is None:
            self.closed_with = 1006
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("closed before it was open"))

    def data_received(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at = 0
        if not self._is_open:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(data[:60].decode("latin-1")))
                self.transport.abort()
                return
            at, self._is_open = end + 4, True
            self.opened.set_result(None)
        self._rest = data[self._frames(data, at) :]

    def _frames(self, data: bytes, at: int) -> int:
        end = len(data)
        while end - at >= 2:
            size, body = data[at + 1], at + 2
            if size == 126:
                size, body = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            elif size == 127:
                size, body = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            if end < body + size:
                break
            self._take(data[at], data[body : body + size])
            at = body + size
        return at

    def _take(self, first: int, payload: bytes) -> None:
        if first == TEXT:
            self._heard(self, payload)
        elif first == PING:
            self.transport.write(frame(payload, 0x8A))
        elif first == CLOSE:
            self.closed_with = int.from_bytes(payload[:2], "big")


async def dial(port: int, path: str, heard: Callable[[Wire, bytes], None], *, cookie: str = "") -> Wire:
    """Open a socket."""
    header = f"Cookie: {cookie}\r\n" if cookie else ""
    request = HANDSHAKE.format(path=path, host=f"app.localhost:{port}", cookie=header).encode()
    loop = asyncio.get_running_loop()
    _, wire = await loop.create_connection(lambda: Wire(request, heard), "127.0.0.1", port)
    await wire.opened
    return wire
