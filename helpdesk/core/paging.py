"""Long lists, page by page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db.models import QuerySet

Row = TypeVar("Row")
Shown = TypeVar("Shown")

PAGE: Final = 50
#: Whoever wants more than this many pages back uses the filters.
MOST_PAGES: Final = 9_999


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows of a list, and whether more follow. `number` counts from 1."""

    rows: Sequence[Row]
    number: int
    has_more: bool

    def shown(self, show: Callable[[Sequence[Row]], Sequence[Shown]]) -> "Page[Shown]":
        """Return the page with each row as it is shown."""
        return Page(show(self.rows), self.number, self.has_more)


def number_in(text: str) -> int:
    """Return the number of a page as it stands in an address; what is none is the first."""
    return min(max(1, int(text)), MOST_PAGES) if text.isascii() and text.isdecimal() and len(text) < 9 else 1


def page_of(rows: "QuerySet[Any]", number: int, *, size: int = PAGE) -> Page[Any]:
    """Return a page of an ordered query; it reads one row more than it shows."""
    begin = (number - 1) * size
    found = list(rows[begin : begin + size + 1])
    return Page(found[:size], number, len(found) > size)
