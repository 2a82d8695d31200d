"""The one reader of the system clock, called at the edges; actions take `now` as an argument."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)
