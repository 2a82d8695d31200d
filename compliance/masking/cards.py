"""Payment card numbers.

A number is taken if it starts with an assigned issuer range of that length, passes Luhn, has more
than one distinct digit, and is written as cards are: in one group, in a usual grouping, or digit by
digit. Windows start and end at groups: inside an unbroken run of 22 digits nearly every second
number has a window that passes, and it is a parcel's. After an explicit card word any grouping will
do, and a number that fails Luhn too: a card with one wrong digit still gives the card away.

PCI DSS v4.0.1, requirements 3.4.1 and 3.5.1.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from compliance.masking.cardvetoes import is_vetoed
from compliance.masking.findings import Candidate
from compliance.masking.followups import CardFollowupDetector
from compliance.masking.issuers import MAX_DIGITS, MIN_DIGITS, is_card_number, is_issued, passes_luhn
from compliance.masking.lexicon import words
from compliance.masking.runs import (
    CANONICAL,
    USUAL,
    Run,
    find_runs,
    is_evenly_separated,
    joined,
    regular_stretch,
    shape,
    usual_counts,
)
from compliance.masking.scan import Scan
from compliance.masking.slips import Slips

CARD_WORD: Final = words("card")
_NEGATIVE: Final = words("negative")
_CARD_REACH: Final = 40
_LOOSE_LENGTHS: Final = range(12, MAX_DIGITS + 1)
_MIN_MISTYPED: Final = 13
_MOST_ODD_GROUPS: Final = 7
MONTH: Final = re.compile("(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9]")

Spans = list[tuple[int, int]]


class CardDetector:
    """Finds card numbers in one view."""

    id = "card"
    entities = ("CARD", "EXPIRY", "CVV")
    _followups = CardFollowupDetector()

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Card numbers, not overlapping within a run."""
        spans = scan.card_words
        found: list[str] = []
        others: list[Run] = []
        for run in find_runs(scan.lower, MIN_DIGITS):
            known = len(found)
            for start, end, digits, score in self._in_run(scan, run, spans):
                found.append(digits)
                yield scan.candidate("CARD", start, end, self.id, score, digits[-4:])
                yield from self._followups.beside(scan, end)
            if len(found) == known:
                others.append(run)
        slips = Slips(found if others else ())
        for run in others if found else ():
            digits = run.digits
            if slips.reach(digits) and not _other_word(scan, run[0].start):
                yield scan.candidate("CARD", run[0].start, run[-1].end, self.id, 0.75, digits[-4:])

    def _in_run(self, scan: Scan, run: Run, card_word_spans: Spans) -> Iterator[tuple[int, int, str, float]]:
        """The numbers in one run, from the left, each beginning behind the one before."""
        if len(run.digits) < MIN_DIGITS:
            return
        first = 0
        while first < len(run):
            may_begin = first == 0 or card_word_spans or _is_beginning(run, first)
            found = self._at(scan, run, first, card_word_spans) if may_begin else None
            if found is None:
                first += 1
                continue
            last, end, digits, score = found
            yield run[first].start, end, digits, score
            first = run.taken = last

    def _at(self, scan: Scan, run: Run, first: int, card_word_spans: Spans) -> tuple[int, int, str, float] | None:
        """The number that begins with group `first`: next group, end, digits, score."""
        after_word = bool(card_word_spans) and _follows(card_word_spans, run[first].start)
        for last in _plain_windows(run, first):
            digits = joined(run, first, last)
            if is_card_number(digits) and (after_word or not is_vetoed(scan, run, first, last)):
                return last, run[last - 1].end, digits, 0.95
        if not after_word and not self._introduced(scan, run, first):
            return _oddly_grouped(scan, run) if first == 0 else None
        return _any_window(run, first) or _glued(run, first) or self._mistyped(scan, run, first)

    def _introduced(self, scan: Scan, run: Run, first: int) -> bool:
        """The other party asked for the card, or the text goes on "… is my card"."""
        return first == 0 and (
            scan.word_after(CARD_WORD, run[-1].end)
            or scan.is_answer(CARD_WORD, run[0].start, run[-1].end, most_words=6)
        )

    def _mistyped(self, scan: Scan, run: Run, first: int) -> tuple[int, int, str, float] | None:
        """A number that fails Luhn or has a digit too many or too few, after a card word."""
        last = _mistyped_end(run, first)
        if last is None:
            return None
        digits = joined(run, first, last)
        if len(set(digits)) < 2 or _other_word(scan, run[first].start):
            return None
        if not passes_luhn(digits) and not _could_be_meant(digits):
            return None
        return last, run[last - 1].end, digits, 0.7


def _could_be_meant(digits: str) -> bool:
    """Whether a number that fails Luhn begins as cards do."""
    return len(digits) >= _MIN_MISTYPED and (digits[0] in "123456" or is_issued(digits))


def _follows(card_word_spans: Spans, start: int) -> bool:
    """Whether a word for a card ends within 40 characters before `start`."""
    nearest = bisect_right(card_word_spans, start, key=lambda span: span[1]) - 1
    return nearest >= 0 and start - card_word_spans[nearest][1] <= _CARD_REACH


def _other_word(scan: Scan, start: int) -> bool:
    """Whether the nearest word before makes the number something else than a card."""
    return not scan.word_before(CARD_WORD, start, _CARD_REACH) and scan.negative_before(start, _CARD_REACH)


def _is_beginning(run: Run, first: int) -> bool:
    """Whether a number written as cards are can begin with a group that is not the first, by the sizes."""
    size = run.sizes[first]
    if size <= 2:
        return run.sizes[first - 1] != size
    return bool(usual_counts(run, first, begins_run=False))


def _plain_windows(run: Run, first: int) -> Iterator[int]:
    """Where a number that begins at `first` ends if written as cards are, longest first."""
    size = run.sizes[first]
    if size <= 2:
        yield from _digit_by_digit(run, first, size)
        return
    for count in usual_counts(run, first, begins_run=first == 0):
        if _is_usual(run, first, count):
            yield first + count


def _is_usual(run: Run, first: int, count: int) -> bool:
    last = first + count
    if count == 1:
        return True
    if run.sizes[first:last] in CANONICAL:
        return _at_edge_of_fours(run, first, last)
    return _rest_is_short(run, last)


def _at_edge_of_fours(run: Run, first: int, last: int) -> bool:
    """A long row of fours is some other code, unless the number starts or ends the row, or follows another number."""
    before = first > run.taken and run.sizes[first - 1] == 4
    behind = run.sizes[last : last + 2] == (4, 4)
    return not (before and behind)


def _rest_is_short(run: Run, last: int) -> bool:
    """Behind the number comes nothing, or what may be its expiry date and code."""
    return len(run) - last <= 3 and all(size <= 4 for size in run.sizes[last:])


def _digit_by_digit(run: Run, first: int, size: int) -> Iterator[int]:
    """Single digits or pairs: only a whole row of them, or one with an expiry and code behind."""
    if first > 0 and run.sizes[first - 1] == size:
        return
    stretch = regular_stretch(run, first, size)
    most = min(stretch, first + MAX_DIGITS // size)
    spare = 7 // size + 1
    for last in range(most, first + 12 // size - 1, -1):
        if stretch - last <= spare:
            yield last
        # A pair-wise number of odd length ends in a single digit.
        if size == 2 and last == stretch < len(run) and len(run[last].digits) == 1:
            yield last + 1


def _any_window(run: Run, first: int) -> tuple[int, int, str, float] | None:
    """After a card word: any grouping, the longest that passes."""
    best = None
    low = run.offsets[first]
    for last in range(first + 1, len(run) + 1):
        size = run.offsets[last] - low
        if size > MAX_DIGITS:
            break
        if size >= MIN_DIGITS and is_card_number(joined(run, first, last)):
            best = (last, run[last - 1].end, joined(run, first, last), 0.9)
    return best


def _oddly_grouped(scan: Scan, run: Run) -> tuple[int, int, str, float] | None:
    """A run that is one number as a whole, in groups as nobody prints them: "411-111-111-111-1111"."""
    sizes = shape(run, 0, len(run))
    digits = joined(run, 0, len(run)) if len(run) <= _MOST_ODD_GROUPS else ""
    if len(digits) not in (15, 16) or min(sizes) < 2 or max(sizes) > 8 or not is_card_number(digits):
        return None
    if not is_evenly_separated(scan.lower, run) or scan.negative_before(run[0].start, _CARD_REACH):
        return None
    return None if is_vetoed(scan, run, 0, len(run)) else (len(run), run[-1].end, digits, 0.8)


def _glued(run: Run, first: int) -> tuple[int, int, str, float] | None:
    """After a card word: number, expiry and code in one group without anything between."""
    group = run[first]
    if not 18 <= len(group.digits) <= 26:
        return None
    for length in (16, 15, 14, 19):
        digits, rest = group.digits[:length], group.digits[length:]
        if is_card_number(digits) and (len(rest) in (3, 4) or MONTH.match(rest)):
            return first + 1, group.end, digits, 0.85
    return None


def _mistyped_end(run: Run, first: int) -> int | None:
    """The end of a row that could be meant as a card number."""
    best = None
    low = run.offsets[first]
    for last in range(first + 1, min(len(run), first + MAX_DIGITS) + 1):
        total = run.offsets[last] - low
        if total > MAX_DIGITS:
            break
        # Sixteen is what was most likely meant.
        if total in _LOOSE_LENGTHS and (best is None or total <= 16) and _is_regular(run.sizes[first:last]):
            best = last
    return best


def _is_regular(sizes: tuple[int, ...]) -> bool:
    return len(sizes) == 1 or set(sizes[:-1]) == {sizes[0]} or sizes in USUAL
