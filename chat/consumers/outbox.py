"""What waits to be sent to one socket: bounded, so that a slow reader costs a socket and not the process."""

import asyncio
from collections import deque
from typing import Final

from chat.protocol.relay import PostedEntry, Relay

MAX_ITEMS: Final = 256
MAX_BYTES: Final = 256 * 1024
# Ids, states and the frame around them.
ITEM_BYTES: Final = 256

Item = str | Relay


class OutboxFullError(Exception):
    """The reader is too slow."""


class Outbox:
    """Frames ready to go, and envelopes still to be opened for this socket's viewer, in order."""

    def __init__(self) -> None:
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._waiting = asyncio.Event()

    def put(self, item: Item) -> None:
        """Add an item.

        Raises:
            OutboxFullError: It would be one too many, or too much at once.
        """
        size = _size(item)
        # One large answer may always wait; several may not.
        if self._items and (len(self._items) >= MAX_ITEMS or self._bytes + size > MAX_BYTES):
            raise OutboxFullError
        self._items.append((item, size))
        self._bytes += size
        self._waiting.set()

    async def get(self) -> Item:
        """Return the next item, when there is one."""
        while not self._items:
            self._waiting.clear()
            await self._waiting.wait()
        item, size = self._items.popleft()
        self._bytes -= size
        return item


def _size(item: Item) -> int:
    if isinstance(item, str):
        return len(item)
    return ITEM_BYTES + (len(item.body) if isinstance(item, PostedEntry) else 0)
