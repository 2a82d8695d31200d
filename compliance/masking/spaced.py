"""A view in which digits written one by one are one number: "4 1 1 1" reads "4111"."""

import re
from typing import Final

from compliance.masking.fold import View

_SEPARATOR: Final = "[^0-9a-z\ue000]"
_ROW: Final = re.compile(rf"(?<![0-9])[0-9](?:{_SEPARATOR}{{1,3}}[0-9](?![0-9])){{3,}}")

#: Whether the view is worth making: four single digits in a row, in RE2.
GATE: Final = r"(?:^|[^0-9])[0-9](?:[^0-9a-z]{1,3}[0-9]){3}(?:[^0-9]|$)"


def spaced_view(base: View) -> View | None:
    """The view without what stands between single digits, or None if there is no such row."""
    lower = base.text.lower()
    kept: list[int] = []
    at = 0
    for match in _ROW.finditer(lower):
        start, end = match.span()
        kept.extend(range(at, start))
        kept.extend(index for index in range(start, end) if lower[index].isdigit())
        at = end
    if not at:
        return None
    kept.extend(range(at, len(lower)))
    text = "".join([base.text[index] for index in kept])
    if base.starts is None or base.ends is None:
        return View(text, kept, [index + 1 for index in kept])
    return View(text, [base.starts[index] for index in kept], [base.ends[index] for index in kept])
