"""What controls count of late. Inside the tenant's scope."""

from datetime import datetime

from compliance.models import AuditEntry


def entries_since(since: datetime, *events: str) -> int:
    """Return how many entries of these events there are since then."""
    return AuditEntry.objects.filter(at__gte=since, event__in=events).count()


def plural(count: int, word: str, words: str = "") -> str:
    """Return a count and what is counted: 1 key, 2 keys."""
    return f"{count} {word if count == 1 else words or f'{word}s'}"
