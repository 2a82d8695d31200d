"""A card's code by what it looks like or where one signs: "those 3 little numbers… 459", "613, where u sign".

Beside such words no card need be spoken of. The browser's twin does not know them.
PCI DSS v4.0.1, requirement 3.3.1.2.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.codes import (
    BREAK,
    WorldCvvDetector,
    gap_between,
    is_amount,
    is_of_other,
    says_otherwise,
    values_after,
)
from compliance.masking.findings import Candidate
from compliance.masking.followups import CODE, SPACED_CODE
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import is_plain, words
from compliance.masking.scan import Scan
from compliance.masking.stated import named_far

_MORE: Final = words("cvv_more")
_YEAR: Final = re.compile("19[0-9]{2}|20[0-4][0-9]")
#: Names that schemes give the code.
_NAME: Final = re.compile("c[iva][dvn]")
_OTHER_CODE: Final = words("negative", "last_four", "other_code", "pin")
#: What a server answers: "returns 402", "gets a 422 back".
_RESPONSE: Final = re.compile(
    r"(?:(?:returns?|returned|returning|throw(?:s|n|ing)?|threw|respond(?:s|ed)?|http|status|devuelve|renvoie"
    r"|retourne|liefert"
    r"|gibt|restituisce|geeft)(?:[ ](?:back|with|me|us|out|code|status|error|http|an?|the|un|una|einen?|een|zuruck))*"
    r"|(?:gets?|got|getting|gives?|gave|sends?|see|saw|seeing|receives?)(?:[ ](?:back|me|us))*[ ](?:an?|the|un|einen?"
    r"|een))"
    r"[ :=]{1,2}(?![\s\S])"
)
#: Words without one of which nothing is answered.
_ANSWERS: Final = PatternSet(
    (
        "return|thr[eo]w|respond|http|status|devuelve|renvoie|retourne|liefert|gibt|restituisce|geeft|get|got|g[ai]ve|send|see|saw|receive",
    )
)
_STATUS: Final = re.compile("[1-5][0-9]{2}(?![0-9])")


def is_response(lower: str, start: int) -> bool:
    """Whether three digits are the answer of a server, not a code."""
    return _STATUS.match(lower, start) is not None and _RESPONSE.search(lower, max(0, start - 40), start) is not None


class ServerCvvDetector(WorldCvvDetector):
    """The same as in the browser, but no answers of servers."""

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        return not (scan.has(_ANSWERS) and is_response(scan.lower, value.start())) and super()._belongs(
            scan, word, value
        )

    def _is_introduced(self, scan: Scan, match: re.Match[str]) -> bool:
        return not (scan.has(_ANSWERS) and is_response(scan.lower, match.start())) and super()._is_introduced(
            scan, match
        )


class CodePlaceDetector:
    """Codes told by their looks or their place."""

    id = "code-place"
    entities = ("CVV",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Codes in one view."""
        for word in scan.found(_MORE):
            match = values_after(scan, word.end(1), (SPACED_CODE, CODE))
            if match is not None and self._belongs(scan, word, match):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.75)
        for match in CODE.finditer(scan.lower) if scan.has(_MORE) else ():
            if _is_free(scan, match) and named_far(scan, _MORE, match.end()) and not is_of_other(scan, match.end()):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.7)

    def _belongs(self, scan: Scan, word: re.Match[str], match: re.Match[str]) -> bool:
        gap = gap_between(scan.lower, word.end(1), match.start())
        if not _is_free(scan, match) or (gap.strip(" :=\n.…") and BREAK.search(gap.lstrip(" .…"))):
            return False
        if not _NAME.match(word.group(1)) and scan.has(_OTHER_CODE) and _OTHER_CODE.search(gap):
            return False
        return not says_otherwise(scan, gap) and not is_of_other(scan, word.end(1))


def _is_free(scan: Scan, match: re.Match[str]) -> bool:
    """Not of a longer number or word, no amount, year or answer of a server, and no other thing's number."""
    start = match.start()
    before = scan.lower[start - 1] if start else " "
    if is_plain(before) or (before in "-./:,+" and start > 1 and is_plain(scan.lower[start - 2])):
        return False
    if is_amount(scan.lower, start) or _YEAR.fullmatch(match.group()) or is_response(scan.lower, start):
        return False
    return not scan.negative_before(start, 20)
