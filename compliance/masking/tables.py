"""A view of a pasted table in which every cell stands behind the name of its column: "DOB 12/30/1985"."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.fold import View

_MARKS: Final = "|\t;,"
_MOST_COLUMNS: Final = 24
_MOST_ROWS: Final = 60
_LONGEST_NAME: Final = 30

#: Whether the view is worth making: two lines with a mark each, in RE2. Counted repeats would make the gate slow.
GATE: Final = r"[|\t;,][^\n]*\n[^\n]*[|\t;,]"


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in (*(match.start() for match in re.finditer("\n", text)), len(text)):
        yield start, end
        start = end + 1


def _cells(text: str, start: int, end: int, mark: str) -> list[tuple[int, int]]:
    cells = []
    at = start
    for cell in text[start:end].split(mark):
        cells.append((at, at + len(cell)))
        at += len(cell) + 1
    return cells


def _named(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Cells of the rows behind a line of names, each with its name."""
    names: list[str] = []
    mark = ""
    rows = 0
    for start, end in _lines(text):
        line = text[start:end]
        found = next((sign for sign in _MARKS if sign in line), "")
        if found and not any(map(str.isdigit, line)):
            names = [
                text[low:high].strip().replace("_", " ")[:_LONGEST_NAME]
                for low, high in _cells(text, start, end, found)
            ]
            mark = found
            continue
        if not mark or mark not in line or rows >= _MOST_ROWS:
            names, mark = ([], "") if mark and mark not in line else (names, mark)
            continue
        rows += 1
        for name, cell in zip(names[:_MOST_COLUMNS], _cells(text, start, end, mark), strict=False):
            if name and cell[1] > cell[0]:
                yield name, cell


def tables_view(base: View) -> View | None:
    """The view with names of columns before the cells, or None if there is no table."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for name, (low, high) in _named(base.text):
        lead = f"\n{name}: "
        first, last = base.original(low, low + 1)
        pieces += [lead, base.text[low:high]]
        starts += [first] * len(lead)
        ends += [last] * len(lead)
        spans = [base.original(index, index + 1) for index in range(low, high)]
        starts += [start for start, _ in spans]
        ends += [end for _, end in spans]
    return View("".join(pieces), starts, ends) if pieces else None
