"""How fast a long job may go: live chats come first.

While someone chats, or the database is busy, a batch is small and most of the time is a pause.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection

BATCH: Final = 500
LIVE_BATCH: Final = 100
#: Of the time, while someone chats, that the job may work.
LIVE_SHARE: Final = 0.25
#: Between two batches even when nobody chats: others get a turn.
BREATH_S: Final = 0.002
LOOKED_EVERY_S: Final = 0.5
#: Other connections of ours that are at work in the database.
BUSY_CONNECTIONS: Final = 2

_ACTIVE: Final = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
"""

# Whether someone chats now in the organisation in scope. The app that knows it says so.
_pulses: Final[list[Callable[[datetime], bool]]] = []


def register_pulse(pulse: Callable[[datetime], bool]) -> None:
    """Make known who can tell whether someone chats. Called by an app when it is ready."""
    if pulse not in _pulses:
        _pulses.append(pulse)


class Pace:
    """Sizes of batches, and pauses between them, of one run in one worker."""

    def __init__(self, batch: int = BATCH, pause: Callable[[float], None] = time.sleep) -> None:
        self._batch = batch
        self._pause = pause
        self._is_live = False
        self._looked_at = -LOOKED_EVERY_S
        self._begun = self._told = time.monotonic()

    def limit(self, now: datetime) -> int:
        """How many texts the next batch may have. Call it inside the tenant's scope."""
        self._begun = time.monotonic()
        if self._begun - self._looked_at >= LOOKED_EVERY_S:
            self._is_live = any(pulse(now) for pulse in _pulses) or _is_database_busy()
            self._looked_at = self._begun
        return min(self._batch, LIVE_BATCH) if self._is_live else self._batch

    def worked_ms(self) -> int:
        """Milliseconds since it was asked last, pauses included."""
        told, self._told = self._told, time.monotonic()
        return round((self._told - told) * 1000)

    def rest(self) -> None:
        """Let others have their turn after a batch."""
        worked = time.monotonic() - self._begun
        self._pause(worked * (1 / LIVE_SHARE - 1) if self._is_live else BREATH_S)


def _is_database_busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_ACTIVE)
        return int(cursor.fetchone()[0]) >= BUSY_CONNECTIONS
