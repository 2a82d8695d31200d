"""A view in which what is written sign by sign is one number: "4 1 1 1" reads "4111", "C-0-1-X-0" "C01X0"."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from compliance.masking.fold import View

_SEPARATOR: Final = "[^0-9a-z\ue000]"
_ROW: Final = re.compile(rf"(?<![0-9])[0-9](?:{_SEPARATOR}{{1,3}}[0-9](?![0-9])){{3,}}")
#: With letters among them the separator is always the same, and there are six at least.
_MIXED: Final = re.compile(rf"(?<![0-9a-z])[0-9a-z]({_SEPARATOR}{{1,3}})[0-9a-z](?:\1[0-9a-z](?![0-9a-z])){{4,}}")
#: Or there are eight at least, whatever stands between them.
_LONG: Final = re.compile(r"(?<![0-9a-z])[0-9a-z](?:[ ]?[ ./-][ ]?[0-9a-z](?![0-9a-z])){7,}")
_MIN_DIGITS: Final = 4

#: Whether the view is worth making: four single digits in a row, or six of digits and letters, in RE2.
GATE: Final = (
    r"(?:^|[^0-9])[0-9](?:[^0-9a-z]{1,3}[0-9]){3}(?:[^0-9]|$)"
    r"|(?:^|[^0-9a-z])[0-9a-z](?:[^0-9a-z]{1,3}[0-9a-z]){5}(?:[^0-9a-z]|$)"
)


def _rows(lower: str) -> Iterator[tuple[int, int]]:
    found = [match.span() for match in _ROW.finditer(lower)]
    for match in chain(_MIXED.finditer(lower), _LONG.finditer(lower)):
        text = match.group()
        if not text.isdigit() and sum(map(str.isdigit, text)) >= _MIN_DIGITS:
            found.append(match.span())
    at = 0
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        if start >= at:
            yield start, end
            at = end


def spaced_view(base: View) -> View | None:
    """The view without what stands between single signs, or None if there is no such row."""
    lower = base.text.lower()
    kept: list[int] = []
    at = 0
    for start, end in _rows(lower):
        kept.extend(range(at, start))
        kept.extend(index for index in range(start, end) if lower[index].isalnum())
        at = end
    if not at:
        return None
    kept.extend(range(at, len(lower)))
    text = "".join([base.text[index] for index in kept])
    if base.starts is None or base.ends is None:
        return View(text, kept, [index + 1 for index in kept])
    return View(text, [base.starts[index] for index in kept], [base.ends[index] for index in kept])
