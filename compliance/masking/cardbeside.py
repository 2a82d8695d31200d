"""What belongs to a card given in the same text but does not stand right behind it.

"Under it my name and 06/27", "05/29 918 4012…": beside a card a month and year is its expiry date if
nothing makes it another day, and a lone number of three or four digits next to that date its code.
PCI DSS v4.0.1, requirements 3.3.1.2 and 3.5.1.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.fold import BARRIER
from compliance.masking.followups import CODE, DATE
from compliance.masking.lexicon import is_plain, words
from compliance.masking.scan import Scan

_REACH: Final = 100
#: "Charged on 06/27", "since 04/25".
_OTHER_DAY: Final = re.compile(
    r"(?<![a-z])(?:on|since|at|before|after|from|between|charged?|paid|bought|used|dated?|delivered|arrived?|booked"
    r"|by|le|el|am|vom|seit|desde|depuis|op|il|dal|em)(?: the)?[ ]{1,2}(?![\s\S])"
)
_NOT_EXPIRY: Final = words("not_expiry", "negative", "dob")
_BEFORE: Final = 25
_TIGHT: Final = re.compile(r"[ ]{0,2}[-.,;:/|\n]{0,2}[ ]{0,2}(?:and|y|et|und|e|en|then)?[ ]{0,2}")


class CardBesideDetector:
    """Expiry dates and codes elsewhere in a text that holds a card."""

    id = "card-beside"
    entities = ("EXPIRY", "CVV")

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Dates and codes in one view. The card has been masked in a round before."""
        if not scan.holds_card:
            return
        lower = scan.lower
        for match in scan.found(DATE):
            if _is_near(lower, *match.span()) and _is_lone(lower, match) and not _is_other_day(lower, match):
                yield scan.candidate("EXPIRY", match.start(), match.end(), self.id, 0.65)
        for match in CODE.finditer(lower):
            if _is_lone(lower, match) and _is_between(lower, match):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.65)


def _is_near(lower: str, start: int, end: int) -> bool:
    return BARRIER in lower[max(0, start - _REACH) : end + _REACH]


def _is_lone(lower: str, match: re.Match[str]) -> bool:
    start = match.start()
    before = lower[start - 1] if start else " "
    if is_plain(before) or before in "$€£#@+":
        return False
    return not (before in "-./:," and start > 1 and is_plain(lower[start - 2]))


def _is_other_day(lower: str, match: re.Match[str]) -> bool:
    # "08:27 card …" is the time of a payment.
    if ":" in match.group():
        return True
    before = lower[max(0, match.start() - _BEFORE) : match.start()]
    return _OTHER_DAY.search(before) is not None or _NOT_EXPIRY.search(before.rpartition(BARRIER)[2]) is not None


def _is_between(lower: str, match: re.Match[str]) -> bool:
    """Right behind what has been masked, and before such a thing or the end of a sentence."""
    behind = lower.rfind(BARRIER, max(0, match.start() - 12), match.start())
    if behind < 0 or _TIGHT.fullmatch(lower, behind + 1, match.start()) is None:
        return False
    rest = lower[match.end() : match.end() + 2]
    return not rest.strip() or rest[0] in ".,;!?)\n" or BARRIER in rest
