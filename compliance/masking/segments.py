"""A view of HL7 version 2 messages in which the fields about a person stand behind what they are: "mrn: 90417736".

HL7 2.5.1, chapter 3: PID fields by their place; NK1, GT1 and IN1 of relatives, payers and insurance.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.fold import View

_SEGMENT: Final = re.compile(r"(?:(?<![a-z0-9])|(?<=\\[rn]))(pid|nk1|gt1|in1)\|([^\n\r]{0,600})")
_FIELDS: Final = {
    "pid": {
        2: "mrn", 3: "mrn", 4: "mrn", 7: "date of birth", 11: "address", 13: "phone", 14: "phone", 18: "account number",
        19: "ssn", 20: "driver license", 21: "mrn",
    },
    "nk1": {4: "address", 5: "phone", 6: "phone", 16: "date of birth", 37: "ssn"},
    "gt1": {5: "address", 6: "phone", 7: "phone", 8: "date of birth", 12: "ssn"},
    "in1": {18: "date of birth", 19: "address", 36: "health insurance member id", 49: "health insurance member id"},
}  # fmt: skip
_VALUE: Final = re.compile(r"[^|^~&\\]{3,60}")
_DIGIT: Final = re.compile("[0-9]")
_MOST: Final = 60

#: Whether the view is worth making.
GATE: Final = r"(?:pid|nk1|gt1|in1)\|[^\n]*\|"


def _named(lower: str) -> Iterator[tuple[str, int, int]]:
    for segment in _SEGMENT.finditer(lower):
        names = _FIELDS[segment[1]]
        at = segment.start(2)
        for number, field in enumerate(segment[2].split("|"), start=1):
            value = _VALUE.match(lower, at, at + len(field))
            if number in names and value and _DIGIT.search(value.group()):
                yield names[number], value.start(), value.end()
            at += len(field) + 1


def segments_view(base: View) -> View | None:
    """The view of such fields, each behind its name, or None if there are none."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for count, (name, low, high) in enumerate(_named(base.text.lower())):
        if count >= _MOST:
            break
        lead = f"\n{name}: "
        first, last = base.original(low, low + 1)
        spans = [base.original(index, index + 1) for index in range(low, high)]
        pieces += [lead, base.text[low:high]]
        starts += [first] * len(lead) + [start for start, _ in spans]
        ends += [last] * len(lead) + [end for _, end in spans]
    return View("".join(pieces), starts, ends) if pieces else None
