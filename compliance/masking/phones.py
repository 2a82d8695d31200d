"""Telephone numbers: international, in national form, or after a word for it.

A regular expression proposes, the phonenumbers library decides. After a word a number that is only
possible is taken too: numbers reserved for fiction are not valid.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from compliance.masking.dialling import country, is_possible_abroad, is_valid_abroad, widest_first
from compliance.masking.findings import Candidate
from compliance.masking.lexicon import is_plain, words
from compliance.masking.scan import Scan

_CANDIDATE: Final = re.compile(
    r"(?:\+|00)?[ ]?[(]?[0-9](?:[^0-9a-z\ue000\n,;:@#$€£%=|]{0,3}[0-9]){6,14}"
    r"(?:[ ]?(?:x|ext\.?|extension)[ ]?[0-9]{1,5})?"
)
_US_GROUPS: Final = re.compile(
    r"(?:\+?1[ .-]?)?(?:[(][2-9][0-9]{2}[)][ .-]{0,2}|[2-9][0-9]{2}[.-]|[2-9][0-9]{2}[ ])[2-9][0-9]{2}[ .-][0-9]{4}"
)
_NATIONAL: Final = re.compile(r"[(]?0[0-9]{1,5}[)]?[ /.-]{1,3}[0-9]{2,}(?:[ .-]?[0-9]{2,}){0,4}")
_ABROAD: Final = re.compile(r"\+[ ]?[(]?[1-9](?:[ ().-]{0,3}[0-9]){6,14}")
_EXTENSION: Final = re.compile("ext|x")
_WORD: Final = words("phone")
_OTHER: Final = words("negative", "ssn", "passport", "bank", "mrn", "vat", "taxid", "health")
_DATE: Final = re.compile(
    r"[0-3]?[0-9][-/. ][0-3]?[0-9][-/. ](?:19|20)[0-9]{2}|(?:19|20)[0-9]{2}[-/. ][01]?[0-9][-/. ]"
)
_IP: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}$")


#: "My number is 4209 8515 for the card".
_OF_CARD: Final = re.compile(
    r"[ ,]{1,2}(?:for|of|on|from) (?:the |my |this |a )?(?:new |old )?(?:card|visa|amex|mastercard)(?![a-z])"
)
#: A field's name before it: "phone=+1602…".
_KEY: Final = re.compile(r"[a-z]=(?![\s\S])")
#: A mobile number without anything between, in a form that few other numbers have.
_MOBILE: Final = re.compile("0[4-9][0-9]{8,9}")
#: A shorter number in national form needs a word: it could be anything.
_MIN_UNNAMED: Final = 9


class PhoneDetector:
    """Telephone numbers in one view."""

    id = "phone"
    entities = ("PHONE",)

    def warm(self, regions: Iterable[str]) -> None:
        """Load the library and the tables of these regions."""
        for region in regions:
            _can_be_called("020 7946 0958", region, strictly=True)
            country(region)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Numbers of 7 to 15 digits that can be called."""
        for match in _CANDIDATE.finditer(scan.lower):
            start, end = match.span()
            start += len(match.group()) - len(match.group().lstrip())
            if _is_part_of_more(scan.lower, start, end):
                continue
            score = self._score(scan, start, end)
            if score:
                yield scan.candidate("PHONE", start, end, self.id, score)

    def _score(self, scan: Scan, start: int, end: int) -> float:
        written = scan.lower[start:end]
        if _is_something_else(scan, written, end):
            return 0.0
        named = (scan.has(_WORD) or scan.was_asked(_WORD)) and (
            scan.word_before(_WORD, start, against=_OTHER)
            or scan.word_after(_WORD, end)
            or scan.is_answer(_WORD, start, end)
        )
        if named or scan.is_guess:
            return 0.85 if named else 0.0
        if written.startswith("+"):
            if written not in scan.known:
                scan.known[written] = 0.9 if _is_possible(written) else 0.0
            return scan.known[written]
        if scan.negative_before(start, 25) or (_MOBILE.fullmatch(written) and _is_put_together(scan, start, end)):
            return 0.0
        if written not in scan.known:
            scan.known[written] = self._score_national(scan, written)
        return scan.known[written]

    def _score_national(self, scan: Scan, written: str) -> float:
        if _US_GROUPS.fullmatch(_EXTENSION.split(written, maxsplit=1)[0].strip()):
            return 0.7
        if _MOBILE.fullmatch(written):
            return 0.6 if any(_is_mobile(written, region) for region in scan.policy.phone_regions) else 0.0
        if not (_NATIONAL.fullmatch(written) or written.startswith("00")):
            return 0.0
        if sum(map(str.isdigit, written)) < _MIN_UNNAMED:
            return 0.0
        return 0.65 if _is_someones(written, scan.policy.phone_regions) else 0.0


def _is_put_together(scan: Scan, start: int, end: int) -> bool:
    """Digits out of a row of numbers, "0.6, 0.1, 0.0"."""
    first, last = scan.view.original(start, end)
    return last - first != end - start


def _is_something_else(scan: Scan, written: str, end: int) -> bool:
    """An address of a machine, a date, or said to be of a card."""
    if ("." in written and _IP.match(written)) or _DATE.match(written):
        return True
    return bool(scan.card_words) and _OF_CARD.match(scan.lower, end) is not None


def _is_part_of_more(lower: str, start: int, end: int) -> bool:
    before = lower[start - 1] if start else " "
    after = lower[end] if end < len(lower) else " "
    if is_plain(before) or is_plain(after) or before in "$€£#_/" or after in "%_€$£*^":
        return True
    if before == "=" and not _KEY.search(lower, max(0, start - 2), start):
        return True
    if before in "-." and start > 1 and is_plain(lower[start - 2]):
        return True
    return after in "-./:" and end + 1 < len(lower) and is_plain(lower[end + 1])


def _is_someones(written: str, regions: Iterable[str]) -> bool:
    """Whether a number in national form, or behind a prefix for abroad, can be anyone's in one of the regions."""
    digits = "".join(filter(str.isdigit, written))
    by_table = _NATIONAL.fullmatch(written) is not None
    tried: set[str] = set()
    for region in widest_first(tuple(regions)):
        numbers, answer = country(region), None
        abroad = numbers.abroad(digits)
        if abroad is not None:
            # The same number from any country that dials so for others.
            if abroad in tried:
                continue
            tried.add(abroad)
            answer = is_valid_abroad(abroad) if by_table else None
        elif by_table and numbers.knows_own(digits):
            answer = numbers.is_valid(digits)
        if _can_be_called(written, region, strictly=True) if answer is None else answer:
            return True
    return False


def _is_possible(written: str) -> bool:
    """Whether a number behind a plus has a country's code and as many digits as its numbers."""
    by_table = is_possible_abroad("".join(filter(str.isdigit, written))) if _ABROAD.fullmatch(written) else None
    return _can_be_called(written, "ZZ", strictly=False) if by_table is None else by_table


def _is_mobile(digits: str, region: str) -> bool:
    numbers = country(region)
    if numbers.knows(digits):
        return numbers.is_mobile(digits)
    import phonenumbers

    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(number)
    return bool(kind == phonenumbers.PhoneNumberType.MOBILE)


def _can_be_called(written: str, region: str, *, strictly: bool) -> bool:
    """Whether the library accepts the number; imported late, its tables are large."""
    import phonenumbers

    try:
        number = phonenumbers.parse(written, None if region == "ZZ" else region)
    except phonenumbers.NumberParseException:
        return False
    if strictly:
        return phonenumbers.is_valid_number(number)
    return phonenumbers.is_possible_number(number)
