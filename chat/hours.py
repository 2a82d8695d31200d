"""When an organisation is there: weekly hours in its time zone, and days on which it is closed. Pure.

A span begins on its day and may end on the next. What the clocks do to it is what RFC 5545, section 3.3.5, says of
local times: one that comes twice is meant the first time, one that is skipped counts as before the change.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAY_MIN: Final = 24 * 60
DAYS: Final = 7
MAX_SPANS: Final = 3
MAX_CLOSED_DAYS: Final = 200
# Whoever is there for longer without a pause never closes.
_ALWAYS: Final = timedelta(days=8)


class BadHoursError(ValueError):
    """No hours of a week: `reason` is zone, shape, span or overlap."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Minutes of its day, half-open; an end past 1440 is on the next day."""

    start: int
    end: int


Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on the spans of each weekday, Monday first, but on no day of `closed`, from its midnight to the next."""

    zone: ZoneInfo
    week: Week
    closed: frozenset[date] = field(default=frozenset())

    @classmethod
    def of(cls, zone: str, week: Sequence[Sequence[Sequence[int]]], closed: Iterable[date] = ()) -> Self:
        """Return hours as they are kept: of each day a list of [start, end].

        Raises:
            BadHoursError: There is no such zone, or they are none.
        """
        return cls(zone_named(zone), week_of(week), frozenset(closed))

    def is_open(self, at: datetime) -> bool:
        return any(start <= at for start, _ in self._spells(at))

    def opens_at(self, at: datetime) -> datetime | None:
        """Return when it opens next, in UTC: `at` itself where it is open, None where it never opens."""
        start = next((start for start, _ in self._spells(at)), None)
        return None if start is None else max(start, at)

    def closes_at(self, at: datetime) -> datetime | None:
        """Return when it closes next, in UTC; None where it is closed, or does not close within a week."""
        spell = next((spell for spell in self._spells(at) if spell[0] <= at), None)
        return None if spell is None or spell[1] - at >= _ALWAYS else spell[1]

    def _spells(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Yield when it is open without a pause, in order, from the spell that ends first after `at`."""
        today = at.astimezone(self.zone).date()
        held: tuple[datetime, datetime] | None = None
        # Two weeks, and for each closed day one more: whatever opens at all opens within.
        for offset in range(-2, 2 * DAYS + len(self.closed)):
            for start, end in self._of(today + timedelta(days=offset)):
                if held is not None and start <= held[1]:
                    held = held[0], max(held[1], end)
                    continue
                if held is not None and held[1] > at:
                    yield held
                held = start, end
        if held is not None and held[1] > at:
            yield held

    def _of(self, day: date) -> list[tuple[datetime, datetime]]:
        if day in self.closed:
            return []
        next_day = day + timedelta(days=1)
        latest = self._instant(next_day, 0) if next_day in self.closed else None
        found = []
        for span in self.week[day.weekday()]:
            start, end = self._instant(day, span.start), self._instant(day, span.end)
            end = end if latest is None else min(end, latest)
            if start < end:
                found.append((start, end))
        return sorted(found)

    def _instant(self, day: date, minute: int) -> datetime:
        days, rest = divmod(minute, DAY_MIN)
        local = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60), self.zone)
        return local.astimezone(UTC)


def zone_named(name: str) -> ZoneInfo:
    """Return a zone of the time zone database.

    Raises:
        BadHoursError: There is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadHoursError("zone") from None


def week_of(week: Sequence[Sequence[Sequence[int]]]) -> Week:
    """Return seven days of spans, in order.

    Raises:
        BadHoursError: They are not seven, a span is none, there are too many on a day, or two overlap.
    """
    if len(week) != DAYS or any(len(day) > MAX_SPANS or any(len(span) != 2 for span in day) for day in week):
        raise BadHoursError("shape")
    made = tuple(tuple(sorted(Span(start, end) for start, end in day)) for day in week)
    if not all(0 <= span.start < DAY_MIN and 0 < span.end - span.start <= DAY_MIN for day in made for span in day):
        raise BadHoursError("span")
    _refuse_overlaps(made)
    return made


def _refuse_overlaps(week: Week) -> None:
    laid = [(day * DAY_MIN + span.start, day * DAY_MIN + span.end) for day, spans in enumerate(week) for span in spans]
    if laid:
        # Sunday's last span may reach into Monday.
        laid.append((laid[0][0] + DAYS * DAY_MIN, laid[0][1] + DAYS * DAY_MIN))
    if any(start < end for (_, end), (start, _) in pairwise(laid)):
        raise BadHoursError("overlap")


def said(hours: Hours, at: datetime) -> str:
    """Say in a sentence or two what is so at a moment, and what comes next, in the organisation's zone."""
    opens, closes = hours.opens_at(at), hours.closes_at(at)
    if opens is None:
        return "Closed: there is no day on which you open."
    if opens > at:
        return f"Closed now. Opens {_when(hours, opens, at)}."
    if closes is None:
        return "Open now, around the clock."
    again = hours.opens_at(closes)
    after = f" Opens again {_when(hours, again, at)}." if again is not None else ""
    return f"Open now, closes {_when(hours, closes, at)}.{after}"


def _when(hours: Hours, then: datetime, at: datetime) -> str:
    local, today = then.astimezone(hours.zone), at.astimezone(hours.zone).date()
    ahead = (local.date() - today).days
    if ahead <= 1:
        return f"{'tomorrow' if ahead else 'today'} at {local:%H:%M}"
    day = f"{local:%A}" if ahead < DAYS else f"on {local:%A}, {local.day} {local:%B},"
    return f"{day} at {local:%H:%M}"
