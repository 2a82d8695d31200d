"""Parts of a number that only the other party's thanks name: "318", "62", "7094" - "that's your full Social?"."""

import re
from typing import Final

from compliance.masking.findings import Context
from compliance.masking.fold import fold
from compliance.masking.parts import MESSAGES, SSN, Part, part_of
from compliance.masking.ssn import ssn_kind

_CLOSES: Final = re.compile(
    "(?<![a-z])(?:full|whole|complete[sd]?|entire|all (?:nine|9)|got|have|thank(?:s| you)|perfect|great|that's|thats)"
    "(?![a-z])"
)
_DIGITS: Final = 9
_LONGEST: Final = 160


def names_what_was_given(text: str) -> bool:
    """Whether a text without digits thanks for a social security number or asks whether that was one. Cheap."""
    if len(text) > _LONGEST or any(map(str.isdigit, text)) or "s" not in text.lower():
        return False
    lower = fold(text).text.lower()
    return SSN.search(lower) is not None and "social media" not in lower and _CLOSES.search(lower) is not None


def parts_named(text: str, context: Context) -> tuple[str, list[Part], str] | None:
    """The kind, the parts and the number that the other party gave in its last messages, or None."""
    if not context.previous or not names_what_was_given(text):
        return None
    parts: list[Part] = []
    number = ""
    theirs = [index for index, message in enumerate(context.previous) if message.by != context.by]
    for index in reversed(theirs[-MESSAGES:]):
        part = part_of(index, context.previous[index].text)
        if part is None or part.only_first or part.only_last:
            break
        parts.insert(0, part)
        number = part.digits + number
        if len(number) >= _DIGITS:
            break
    kind = ssn_kind(number) if len(number) == _DIGITS and len(parts) > 1 else None
    return (kind, parts, number) if kind else None
