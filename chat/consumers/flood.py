"""How many frames a socket may send, whatever they are: counted in this process, without a question to anyone."""

import time
from typing import Final

BURST: Final = 100
PER_S: Final = 20.0
REFUSED: Final = 500


class FrameAllowance:
    """A token bucket, and how often it was found empty."""

    __slots__ = ("_at", "_refused", "_tokens")

    def __init__(self) -> None:
        self._tokens = float(BURST)
        self._at = time.monotonic()
        self._refused = 0

    def takes(self) -> bool:
        """Whether one more frame is looked at."""
        now = time.monotonic()
        self._tokens = min(BURST, self._tokens + (now - self._at) * PER_S)
        self._at = now
        if self._tokens < 1:
            self._refused += 1
            return False
        self._tokens -= 1
        return True

    @property
    def is_used_up(self) -> bool:
        """Whether the socket went on and on, though it was told."""
        return self._refused > REFUSED
