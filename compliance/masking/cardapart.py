"""A card number told in pieces within one text: "first half 4111 1111, second half 1111 1111".

Where a card is spoken of or was asked for, groups of digits with words of any kind between them are
read as one number if together they are an issued length and beginning and pass Luhn. Of four
unrelated groups three in a hundred would: so the word is needed, and no word between says otherwise.
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.codes import says_otherwise
from compliance.masking.findings import Candidate
from compliance.masking.issuers import MAX_DIGITS, is_card_number
from compliance.masking.lexicon import mention
from compliance.masking.runs import RUN, Group
from compliance.masking.scan import Scan

_GROUP: Final = re.compile("(?<![a-z0-9])[0-9]{2,12}(?![a-z0-9])")
_DIGITS: Final = re.compile("[0-9]+")
#: "1) 4112", "part 2: 5435", "the 1st 4": not of the number.
_MARKER: Final = re.compile(r"[0-9]{1,2}(?:[).\]]|:(?![0-9])|/[0-9](?![0-9])|(?:st|nd|rd|th)(?![a-z]))")
_OTHER: Final = mention("last_four", "cvv", "expiry")
_BREAK: Final = re.compile(r"[\ue000$€£%#@]|:(?![\s\S])|[+](?![\s\S])")
#: "The second part", which is no spare part.
_PART: Final = re.compile(
    "(?<![a-z])(?:first|second|third|fourth|1st|2nd|3rd|4th|last|next|other|final|middle|remaining|one|two|three) part"
    "|part (?:one|two|three|four|a|b|c)(?![a-z])"
)
_MOST_BETWEEN: Final = 45
_MOST_GROUPS: Final = 8
_MIN_DIGITS: Final = 14
_MOST_LOOKED_AT: Final = 60


class CardApartDetector:
    """Card numbers with words between their groups."""

    id = "card-apart"
    entities = ("CARD",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """The pieces of such numbers, each with the last four digits of the whole."""
        if scan.is_guess or not (scan.card_words or scan.was_asked(CARD_WORD)):
            return
        for chain in _chains(scan):
            at = 0
            while at < len(chain):
                last = _end_of_number(chain, at)
                if last is None:
                    at += 1
                    continue
                if _is_run(scan.lower, chain[at:last]):
                    at = last
                    continue
                last_four = "".join(group.digits for group in chain[at:last])[-4:]
                for start, end in _pieces(scan.lower, chain[at:last]):
                    yield scan.candidate("CARD", start, end, self.id, 0.8, last_four)
                at = last


def _chains(scan: Scan) -> Iterator[list[Group]]:
    """Groups between which only words stand that say nothing else of them."""
    lower, gaps = scan.lower, _Gaps(scan)
    chain: list[Group] = []
    for match in _GROUP.finditer(lower):
        if _MARKER.match(lower, match.start()):
            continue
        if chain and (match.start() - chain[-1].end > _MOST_BETWEEN or gaps[lower[chain[-1].end : match.start()]]):
            yield chain[:_MOST_LOOKED_AT]
            chain = []
        chain.append(Group(match.start(), match.end(), match.group()))
    yield chain[:_MOST_LOOKED_AT]


class _Gaps(dict[str, bool]):
    """Whether what stands between two groups makes them two numbers: a text has few kinds of gaps."""

    def __init__(self, scan: Scan) -> None:
        super().__init__()
        self._scan = scan

    def __missing__(self, between: str) -> bool:
        between_parts = _PART.sub(" ", between)
        other = self._scan.has(_OTHER) and _OTHER.any_in(between)
        parts = self[between] = other or _BREAK.search(between) is not None or says_otherwise(self._scan, between_parts)
        return parts


def _end_of_number(chain: list[Group], first: int) -> int | None:
    digits = chain[first].digits
    best = None
    for last in range(first + 1, min(len(chain), first + _MOST_GROUPS)):
        digits += chain[last].digits
        if len(digits) > MAX_DIGITS:
            break
        if len(digits) >= _MIN_DIGITS and is_card_number(digits):
            best = last + 1
    return best


def _is_run(lower: str, groups: list[Group]) -> bool:
    """Whether only signs stand between the groups, so that it is told in one piece."""
    start, end = groups[0].start, groups[-1].end
    return len(_DIGITS.findall(lower, start, end)) == len(groups) and RUN.fullmatch(lower, start, end) is not None


def _pieces(lower: str, groups: list[Group]) -> Iterator[tuple[int, int]]:
    """The groups, those together between which no word stands."""
    start = groups[0].start
    for one, other in pairwise(groups):
        if any(char.isalpha() for char in lower[one.end : other.start]):
            yield start, one.end
            start = other.start
    yield start, groups[-1].end
