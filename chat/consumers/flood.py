"""How much a socket, and a visitor, may send: counted in this process, without a question to anyone.

A visitor with sockets in several processes has an allowance in each; over HTTP it is one for all (core.ratelimit).
"""

import time
from collections import OrderedDict
from typing import Final

from django.conf import settings

BURST: Final = 100
PER_S: Final = 20.0
REFUSED: Final = 500
MESSAGES_BURST: Final = 20
MESSAGES_PER_S: Final = 5.0
VISITORS: Final = 50_000

_visitors: Final[OrderedDict[bytes, "Allowance"]] = OrderedDict()


class Allowance:
    """A token bucket, and how often it was found empty."""

    __slots__ = ("_at", "_burst", "_per_s", "_refused", "_tokens")

    def __init__(self, burst: int = BURST, per_s: float = PER_S) -> None:
        times = settings.CHAT_LIMITS_TIMES
        self._burst, self._per_s = float(burst * times), per_s * times
        self._tokens = self._burst
        self._at = time.monotonic()
        self._refused = 0

    def takes(self) -> bool:
        """Whether one more is let through."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        if self._tokens < 1:
            self._refused += 1
            return False
        self._tokens -= 1
        return True

    @property
    def wait_ms(self) -> int:
        """Milliseconds until the next one is let through."""
        return int(max(0.0, 1 - self._tokens) / self._per_s * 1000) + 1

    @property
    def is_used_up(self) -> bool:
        """Whether the sender went on and on, though it was told."""
        return self._refused > REFUSED


def messages_of(token_hash: bytes) -> Allowance:
    """Return how many messages a visitor may still post, over all their sockets in this process."""
    known = _visitors.get(token_hash)
    if known is None:
        known = _visitors[token_hash] = Allowance(MESSAGES_BURST, MESSAGES_PER_S)
        if len(_visitors) > VISITORS:
            _visitors.popitem(last=False)
    else:
        _visitors.move_to_end(token_hash)
    return known
