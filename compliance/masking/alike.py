"""A second value like one that a word named: "joint acct no. 10573829, pay it into my own one 10573837".

Looked for when nothing else is found any more, so what has a word of its own has been masked by then. It must be
written as the first was, and what stands between the two must make it another of the same kind.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.fold import BARRIER
from compliance.masking.questions import form_of, shape_of
from compliance.masking.scan import Scan

_KINDS: Final = frozenset({
    "BANKACCT", "SSN", "ITIN", "EIN", "SIN", "NHS", "NINO", "NATID", "TAXID", "PASSPORT", "DRIVERLICENSE", "MRN",
    "HEALTHPLAN",
})  # fmt: skip
_LEAST_DIGITS: Final = 6
_LEAST_OF_LETTERS: Final = 4
_FURTHEST: Final = 80
#: Of somebody, or one of several: "my own one", "hers", "renewed as", "not … but".
_ANOTHER: Final = re.compile(
    "(?<![a-z])(?:mine|own|his|hers?|theirs|other|another|new|newer|old|older|second|third|first|wife|wife's|husband"
    "|husband's|son"
    "|son's|daughter|daughter's|mother|mum|mom|father|dad|partner|partner's|brother|sister|kid|kids|spouse|baby"
    "|correct|right|real"
    "|wrong|mistake|typo|should|instead|rather|meant|mean|wait|sorry|actually|became|becomes|renewed|replaced|merged|changed|duplicate"
    "|under|or|and|not|but|also"
    "|mio|mia|mi|otro|otra|nuevo|nueva|esposa|marido|hijo|hija|y|o|perdon"
    "|mon|ma|mien|autre|nouveau|nouvelle|femme|mari|fils|fille|et|ou|pardon"
    "|meine?[rsmn]?|andere[rsn]?|neue[rsn]?|frau|mann|sohn|tochter|und|oder|sondern"
    "|meu|minha|outr[oa]|nov[oa]|esposa|filh[oa]|e|ou|altr[oa]|nuov[oa]|moglie|marito|figli[oa]"
    "|mijn|ander[e]?|nieuwe?|vrouw|man|zoon|dochter|en|of)(?![a-z])"
)
_NO_OTHER: Final = re.compile(
    "(?<![a-z])(?:order|phone|tel|call|paid|charged|costs?|amount|total|due|invoice|since|from|until)(?![a-z])"
)
_MOST: Final = 8


class Alike:
    """The forms of what has been named in one text so far."""

    def __init__(self) -> None:
        self._forms: dict[str, str] = {}

    def learn(self, chosen: Iterable[Candidate], text: str) -> None:
        """Remember how named values are written."""
        for candidate in chosen:
            if candidate.entity not in _KINDS or candidate.is_unnamed or len(self._forms) >= _MOST:
                continue
            value = text[candidate.start : candidate.end].lower()
            digits = sum(map(str.isdigit, value))
            if value.isascii() and digits >= (_LEAST_DIGITS if not any(map(str.isalpha, value)) else _LEAST_OF_LETTERS):
                self._forms.setdefault(shape_of(value), candidate.entity)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Values of these forms that are others of the same kind."""
        for shape, entity in self._forms.items():
            for match in form_of(shape).finditer(scan.lower):
                if _is_another(scan, *match.span()):
                    yield scan.candidate(entity, match.start(), match.end(), "alike", 0.65)


def _is_another(scan: Scan, start: int, end: int) -> bool:
    """Whether a masked value stands before or behind, and between the two what makes this another."""
    lower = scan.lower
    if scan.negative_before(start, 25) or (start and lower[start - 1] in "-./:+$€£"):
        return False
    if lower[end : end + 1] in ("-", ".", "/", ":", "%", "€", "£") and lower[end + 1 : end + 2].isdigit():
        return False
    before = lower.rfind(BARRIER, max(0, start - _FURTHEST), start)
    behind = lower.find(BARRIER, end, end + _FURTHEST)
    gaps = [lower[before + 1 : start]] * (before >= 0) + [lower[end:behind]] * (behind >= 0)
    return any(
        not any(map(str.isdigit, gap)) and _ANOTHER.search(gap) is not None and _NO_OTHER.search(gap) is None
        for gap in gaps
    )
