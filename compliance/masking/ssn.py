"""US social security numbers and taxpayer numbers of the same form (ITIN)."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import words
from compliance.masking.scan import Scan
from compliance.masking.stated import is_put_right, named_far

FORMATTED: Final = re.compile(r"([0-9]{3})([^0-9a-z\ue000]{1,3})([0-9]{2})\2([0-9]{4})(?![0-9a-z]|[-./][0-9a-z])")
ANY: Final = re.compile(r"[0-9](?:[^0-9a-z\ue000]{0,3}[0-9]){8}(?![0-9a-z]|[^0-9a-z\ue000\n,;]?[0-9])")
EIN_FORM: Final = re.compile("[0-9]{2}-[0-9]{7}")
_SSN: Final = words("ssn")
_ITIN: Final = words("itin")
OTHER_LISTS: Final = ("negative", "ssn_other")
_OTHER: Final = words(*OTHER_LISTS)
_NAMED: Final = 0.95
_SEPARATORS: Final = frozenset("-. /_\u00b7\u2022")
_ITIN_GROUPS: Final = frozenset([*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100)])


def ssn_kind(digits: str) -> str | None:
    """SSN or ITIN by the rules for area, group and serial; None if neither."""
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    if area >= 900:
        return "ITIN" if group in _ITIN_GROUPS else None
    return "SSN" if area not in (0, 666) and group and serial else None


class SsnDetector:
    """3-2-4 with the same separator, or any nine digits where the number is spoken of."""

    id = "ssn"
    entities = ("SSN", "ITIN")

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Numbers in one view."""
        for match in FORMATTED.finditer(scan.lower):
            kind = ssn_kind(match.group(1) + match.group(3) + match.group(4))
            score = self._score_formatted(scan, match)
            if kind and score:
                yield scan.candidate(kind, match.start(), match.end(), self.id, score, is_unnamed=score < _NAMED)
        for match in ANY.finditer(scan.lower):
            kind = self._named_kind(scan, match)
            if kind:
                yield scan.candidate(kind, match.start(), match.end(), self.id, 0.8)

    def _score_formatted(self, scan: Scan, match: re.Match[str]) -> float:
        start = match.start()
        if _is_inside_longer(scan.lower, start):
            return 0.0
        if scan.word_before(_SSN, start) or scan.word_after(_SSN, match.end()):
            return _NAMED
        if scan.is_guess:
            return 0.0
        strip = match.group(2).strip(" \t\n\r")
        if len(strip) > 1 or (strip or " ") not in _SEPARATORS or scan.negative_before(start, 25):
            return 0.0
        return 0.7

    def _named_kind(self, scan: Scan, match: re.Match[str]) -> str | None:
        start, end = match.span()
        lower = scan.lower
        if start > 0 and (lower[start - 1].isdigit() or lower[start - 1] in "+$€£"):
            return None
        digits = "".join(char for char in match.group() if char.isdigit())
        if EIN_FORM.fullmatch(match.group()):
            return None
        for words_for, fallback in ((_SSN, "SSN"), (_ITIN, "ITIN")):
            if self._is_said(scan, words_for, start, end):
                return ssn_kind(digits) or fallback
        return None

    def _is_said(self, scan: Scan, words_for: re.Pattern[str], start: int, end: int) -> bool:
        return (
            scan.word_before(words_for, start, against=_OTHER)
            or scan.word_after(words_for, end)
            or scan.is_answer(words_for, start, end)
        )


class ServerSsnDetector(SsnDetector):
    """The same with words further away, which the browser's twin does not look for."""

    def _is_said(self, scan: Scan, words_for: re.Pattern[str], start: int, end: int) -> bool:
        if super()._is_said(scan, words_for, start, end) or is_put_right(scan, words_for, start):
            return True
        return named_far(scan, words_for, end) is not None and not scan.negative_before(start, 20)


def _is_inside_longer(lower: str, start: int) -> bool:
    if start == 0:
        return False
    before = lower[start - 1]
    if before.isdigit() or before == "+":
        return True
    return before in "-./" and start > 1 and lower[start - 2].isdigit()
