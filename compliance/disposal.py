"""When a record goes, by what really holds: the organisation's retention, and whatever forbids disposal.

What forbids it registers here (`keep_from_disposal`), so that whoever asks is told the truth of all rules there are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance.models import RecordClass
from compliance.retention import keep_days

Forbids = Callable[[RecordClass, UUID], bool]


@dataclass(frozen=True, slots=True)
class Disposal:
    """`due_at`: not before this, nor long after; None while nothing disposes of it. `is_held`: something forbids it."""

    due_at: datetime | None
    is_held: bool = False


class HeldRecordError(Exception):
    """Something forbids to dispose of a record, as a legal hold does."""


_forbidding: Final[list[Forbids]] = []


def keep_from_disposal(forbids: Forbids) -> None:
    """Make known, once, what can forbid to dispose of a record. Called by an app when it is ready."""
    if forbids not in _forbidding:
        _forbidding.append(forbids)


def is_held(record_class: RecordClass, record_id: UUID) -> bool:
    """Whether something forbids to dispose of a record. Call it inside the tenant's scope."""
    return any(forbids(record_class, record_id) for forbids in _forbidding)


def disposal_of(
    record_class: RecordClass, record_id: UUID, *, last_event_at: datetime, known_held: bool | None = None
) -> Disposal:
    """Return when a record goes whose last event was at an instant. Call it inside the tenant's scope.

    Args:
        record_class: What kind of record.
        record_id: Which.
        last_event_at: From when its term is counted.
        known_held: What `is_held` said of it, if it was asked already.
    """
    if is_held(record_class, record_id) if known_held is None else known_held:
        return Disposal(None, is_held=True)
    days = keep_days(record_class)
    return Disposal(None if days is None else last_event_at + timedelta(days=days))
