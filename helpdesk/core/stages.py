"""How near a day is, in the stages at which somebody is told."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def stage_of(due_at: datetime, now: datetime, stages: Sequence[int]) -> int | None:
    """Return the last stage that has come; None where more days are left than any names.

    Args:
        stages: Days before the day, the last stage first, such as 0, 1, 7.
    """
    left = due_at - now
    return next((days for days in stages if left <= timedelta(days=days)), None)
