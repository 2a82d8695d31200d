"""What waits to be sent to one socket: bounded, so that a slow reader costs a socket and not the process."""

from collections import deque
from typing import Any, Final

from chat.protocol.relay import PostedEntry, Told

MAX_ITEMS: Final = 256
MAX_BYTES: Final = 256 * 1024
# Ids, states and the frame around them.
ITEM_BYTES: Final = 256

# A frame ready to go, or an envelope still to be opened for this socket's viewer, with what equal viewers share.
Item = str | tuple[Told, dict[str, Any]]


class OutboxFullError(Exception):
    """The reader is too slow."""


class Outbox:
    """Frames ready to go, and envelopes still to be opened, in order."""

    __slots__ = ("_bytes", "_items")

    def __init__(self) -> None:
        # Made when something has to wait: most sockets keep up, and most of them are silent.
        self._items: deque[tuple[Item, int]] | None = None
        self._bytes = 0

    def __bool__(self) -> bool:
        return self._items is not None

    def put(self, item: Item) -> None:
        """Add an item.

        Raises:
            OutboxFullError: It would be one too many, or too much at once.
        """
        size = _size(item)
        if self._items is None:
            self._items = deque()
        # One large answer may always wait; several may not.
        elif len(self._items) >= MAX_ITEMS or self._bytes + size > MAX_BYTES:
            raise OutboxFullError
        self._items.append((item, size))
        self._bytes += size

    def take(self) -> Item:
        """Return the next item.

        Raises:
            IndexError: Nothing waits.
        """
        if self._items is None:
            raise IndexError("nothing waits")
        item, size = self._items.popleft()
        self._bytes -= size
        if not self._items:
            self._items = None
        return item


def _size(item: Item) -> int:
    if isinstance(item, str):
        return len(item)
    return ITEM_BYTES + (len(item[0].body) if isinstance(item[0], PostedEntry) else 0)
