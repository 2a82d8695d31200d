"""When the nightly purge begins: the schedule and what pages say about it are the same."""

from datetime import datetime, time, timedelta
from typing import Final

#: In UTC, when chats are few.
PURGE_AT: Final = time(2, 15)


def next_purge(now: datetime) -> datetime:
    """Return when the next nightly purge begins."""
    tonight = now.replace(hour=PURGE_AT.hour, minute=PURGE_AT.minute, second=0, microsecond=0)
    return tonight if tonight > now else tonight + timedelta(days=1)
