"""Dates of birth: a real date from 1900 on, beside a word for birth or in answer to one."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from compliance.masking.codes import others_behind
from compliance.masking.findings import Candidate
from compliance.masking.lexicon import last_end, words
from compliance.masking.scan import Scan
from compliance.masking.stated import is_put_right, named_far

_MONTHS: Final = (
    "jan(?:uary|uar|vier|eiro|uari)?|ene(?:ro)?|gen(?:naio)?|feb(?:ruary|ruar|rero|braio|ruari)?|fev(?:rier|ereiro)?|"
    "mar(?:ch|zo|s|co)?|marz|maerz|maart|mrt|apr(?:il|ile)?|abr(?:il)?|avr(?:il)?|may|mayo|mai|maio|mag(?:gio)?|mei|"
    "jun(?:e|i|io|ho)?|juin|giu(?:gno)?|jul(?:y|i|io|ho)?|juil(?:let)?|lug(?:lio)?|"
    "aug(?:ust|ustus)?|ago(?:sto)?|aout|sep(?:t|tember|tiembre|tembre)?|set(?:embro|tembre)?|"
    "oct(?:ober|ubre|obre)?|okt(?:ober)?|out(?:ubro)?|ott(?:obre)?|nov(?:ember|iembre|embre|embro)?|"
    "dec(?:ember|embre)?|dic(?:iembre|embre)?|dez(?:ember|embro)?"
)
_NUMERIC: Final = (
    r"(?:0?[1-9]|[12][0-9]|3[01])[ ]?[-/. _|][ ]?(?:0?[1-9]|[12][0-9]|3[01])[ ]?[-/. _|][ ]?(?:(?:19|20)[0-9]{2}"
    r"|'?[0-9]{2})"
    r"|(?:19|20)[0-9]{2}[ ]?[-/. _][ ]?(?:0?[1-9]|1[0-2])[ ]?[-/. _][ ]?(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|[12][0-9]|3[01])(?:19|20)[0-9]{2}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
)
_ORDINAL: Final = (
    "(?:twenty|thirty)?[- ]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|tenth|eleventh|twelfth"
    "|thirteenth"
    "|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
)
#: Months by their number: "nineteenth of the third".
_MONTH_TOLD: Final = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
_YEAR: Final = r"'?(?:(?:19|20)[0-9]{2}|[0-9]{2})"
_WRITTEN: Final = (
    rf"(?:the )?(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th|er|\.|º)?[ ,./-]{{0,2}}(?:of |de "
    rf"|d')?(?:{_MONTHS})\.?[ ,./-]{{0,2}}(?:of |de |del )?{_YEAR}"
    rf"|(?:the )?(?:{_ORDINAL})[ ](?:of )?(?:{_MONTHS})[ ,]{{1,2}}(?:of )?{_YEAR}"
    rf"|(?:the )?(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th) of (?:the )?(?:0?[1-9]|1[0-2])(?:st|nd|rd"
    rf"|th)?[ ,]{{1,2}}(?:of )?{_YEAR}"
    rf"|(?:the )?(?:{_ORDINAL})(?:[ ]of)?[ ](?:the )?(?:{_MONTH_TOLD})[ ,]{{1,2}}(?:of |in )?{_YEAR}"
    rf"|(?:{_MONTHS})[ ](?:the )?(?:{_ORDINAL})[ ,]{{1,2}}(?:of )?{_YEAR}"
    rf"|(?:{_MONTHS})\.?[ ,./-]{{0,2}}(?:the )?(?:0?[1-9]|[12][0-9]|3[01])(?:st|nd|rd|th)?[ ,./-]{{1,2}}(?:of )?{_YEAR}"
    rf"|(?:19|20)[0-9]{{2}}[ ./-]{{1,2}}(?:{_MONTHS})[ ./-]{{1,2}}(?:0?[1-9]|[12][0-9]|3[01])"
)
DATE: Final = re.compile(rf"(?<![0-9a-z])(?:{_WRITTEN}|{_NUMERIC})(?![0-9a-z]|[-/.][0-9])")
_THE_DIGITS: Final = re.compile("the [0-9]")
_WORD: Final = words("dob")
_OTHER: Final = words("negative", "expiry")
_NUMBERS: Final = re.compile("[0-9]+")
_LATEST_YEAR: Final = 2100
_YEAR_DIGITS: Final = 4
_DAY_DIGITS: Final = 2
#: "Date of birth must be before 01/01/2008".
_BOUND: Final = re.compile(
    "(?<![a-z])(?:booked|bought|ordered|arrived|delivered|appointment|scheduled|signed up|joined|visit|seen on|flight"
    "|travel|before|after|format|earlier|later|older|younger|between)(?![a-z])|^[ ]to[ ]"
    r"|^[ ](?:cake|party|present|gift|card|dinner|trip|voucher|wishes)(?![a-z])"
)
_BREAK: Final = re.compile(r"[0-9\ue000]|[!?][ \n]|[a-z]{3,}\.[ \n]")


#: Without anything between, as spelled digits are read: "120481", "july 482". Only right behind the word.
_GLUED: Final = re.compile(
    rf"(?<![0-9a-z])(?:(?:{_MONTHS})[ ]?[0-9]{{3,6}}|(?!19|20)[0-9]{{4}}|[0-9]{{5,8}})(?![0-9a-z]|[-/.][0-9])"
)
_MONTH: Final = re.compile(f"(?:{_MONTHS})[ ]?")
#: Another reading behind the first: "03/12/1991 *03/21/1991".
_TITLED: Final = re.compile(
    r"(?<![a-z])(?:mr|mrs|ms|miss|mx|herrn?|frau|sra?|senora?|mme|m|mlle|dhr|mevr)\.?[ ](?:[a-z]\.[ ])?[a-z'-]{2,20}"
    r"(?:[ ][a-z'-]{2,20})?[ ,(;|-]{1,4}(?![\s\S])"
)
_NAMES: Final = r"(?:(?:mr|mrs|ms|miss|dr)\.? )?[a-z][a-z'-]{1,20}(?:[ ][a-z][a-z'-]{0,20}){0,2}"
_TWO_NAMES: Final = "[a-z][a-z'-]{1,20}(?:[ ][a-z][a-z'-]{1,20}){1,2}"
_I_AM: Final = (
    "i'?m|i am|my name is|my name'?s|name is|this is|it's|ich bin|mein name ist|je suis|je m'appelle|soy|me llamo"
    "|mi nombre es|sou|me chamo|meu nome e|sono|mi chiamo|ik ben|mijn naam is|nazywam sie"
)
#: "I'm Liam Hughes, 17 December 1968, about my referral"; "patient Ann Lee 3/4/1981 here for labs".
_PERSON: Final = re.compile(
    rf"(?<![a-z])(?:(?:{_I_AM}|name ?:|patient|pt|for|re)[ :]{{1,2}}{_NAMES}[ ]?[,(;|/-][ ]{{0,2}}"
    rf"|(?:{_I_AM}|patient|pt)[ :]{{1,2}}{_TWO_NAMES}[ ])(?![\s\S])"
)
_SEVERAL: Final = words("dobs")
#: From a word for several births to one of them.
_FROM_WORD: Final = 120
_PATIENT: Final = words("mrn", "nhs", "health")
_LATEST_BIRTH_OF_PATIENT: Final = 2015


class BirthDetector:
    """Dates of birth in one view."""

    id = "birth"
    entities = ("DOB",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Dates that a word for birth explains."""
        for match in DATE.finditer(scan.lower):
            start, end = match.span()
            if not _is_real(match.group()):
                continue
            if (
                self._is_named(scan, start, end)
                or _is_of_several(scan, match)
                or _is_of_patient(scan, match)
                or _is_of_person(scan.lower, match)
            ):
                start += len("the ") if _THE_DIGITS.match(scan.lower, start) else 0
                yield scan.candidate("DOB", start, end, self.id, 0.85)
                for other in others_behind(scan.lower, end, DATE):
                    yield scan.candidate("DOB", other.start(), other.end(), self.id, 0.7)
        for match in _GLUED.finditer(scan.lower) if scan.has(_WORD) or scan.asked else ():
            short = match.group().isdigit() and match.end() - match.start() == _YEAR_DIGITS
            if short and not scan.was_asked(_WORD):
                continue
            if _is_real_glued(match.group()) and self._is_named(scan, *match.span()):
                yield scan.candidate("DOB", match.start(), match.end(), self.id, 0.7)

    def _is_named(self, scan: Scan, start: int, end: int) -> bool:
        if scan.word_before(_WORD, start, against=_OTHER):
            gap = scan.lower[last_end(_WORD, scan.lower, max(0, start - 60), start) : start]
            if _BREAK.search(gap) is None and _BOUND.search(gap) is None:
                return True
            return is_put_right(scan, _WORD, start, past_numbers=True)
        if scan.word_after(_WORD, end) or (
            named_far(scan, _WORD, end) is not None and not scan.negative_before(start, 20)
        ):
            return True
        if scan.was_asked(_WORD) and scan.is_bare(start, end, most=60):
            return True
        return scan.is_answer(_WORD, start, end, most_words=4)


def _is_of_several(scan: Scan, match: re.Match[str]) -> bool:
    """ "Me 12.07.1979 and partner 30.01.1982 are our dates of birth"."""
    if not scan.has(_SEVERAL) or not _is_old(match.group()) or scan.negative_before(match.start(), 20):
        return False
    low, high = max(0, match.start() - _FROM_WORD), match.end() + _FROM_WORD
    found = _SEVERAL.search(scan.lower, low, high)
    if found is None:
        return False
    between = scan.lower[found.end() : match.start()] if found.start() < match.start() else ""
    return _BOUND.search(between or scan.lower[max(0, match.start() - 25) : match.start()]) is None


def _is_old(written: str) -> bool:
    """Whether the year, written in full, is one in which somebody was born who has grown up or nearly so."""
    years = [int(number) for number in _NUMBERS.findall(written) if len(number) == _YEAR_DIGITS]
    return bool(years) and years[0] <= _LATEST_BIRTH_OF_PATIENT


def _is_of_patient(scan: Scan, match: re.Match[str]) -> bool:
    """ "Med rec # 854878, Mr. Alvarado, 11-04-1956"."""
    if not _is_old(match.group()) or not scan.has(_PATIENT):
        return False
    return _TITLED.search(scan.lower, max(0, match.start() - 50), match.start()) is not None


def _is_of_person(lower: str, match: re.Match[str]) -> bool:
    """Behind a name with which somebody introduces themselves, and of no younger day than births are."""
    if not _is_old(match.group()):
        return False
    return _PERSON.search(lower, max(0, match.start() - 80), match.start()) is not None


def _is_real_glued(written: str) -> bool:
    """Whether digits without anything between can be read as a day: "120481", "4121981", "july 482"."""
    month = _MONTH.match(written)
    digits = written[month.end() :] if month else written
    years = [digits[-4:]] if digits[-4:-2] in ("19", "20") and len(digits) > _YEAR_DIGITS else []
    for year in [*years, digits[-2:]]:
        rest = digits[: -len(year)]
        full = int(year) if len(year) == _YEAR_DIGITS else 1900 + int(year)
        if month:
            if rest and _exists(full, 1, int(rest)):
                return True
        elif any(
            _exists(full, int(rest[:at]), int(rest[at:])) or _exists(full, int(rest[at:]), int(rest[:at]))
            for at in range(1, len(rest))
            if at <= _DAY_DIGITS and len(rest) - at <= _DAY_DIGITS
        ):
            return True
    return False


def _is_real(written: str) -> bool:
    """Whether some reading of the numbers is a day from 1900 on."""
    numbers = _NUMBERS.findall(written)
    if len(numbers) == 1 and len(numbers[0]) == 8:
        whole = numbers[0]
        numbers = (
            [whole[:2], whole[2:4], whole[4:]] if whole[4:6] in ("19", "20") else [whole[:4], whole[4:6], whole[6:]]
        )
    if len(numbers) in (1, 2):
        return True
    if len(numbers) != 3:
        return False
    first, second, third = (int(number) for number in numbers)
    if first > 31:
        return _exists(first, second, third)
    year = third if third > 99 else 1900 + third
    return _exists(year, second, first) or _exists(year, first, second)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return 1900 <= date(year, month, day).year < _LATEST_YEAR
    except ValueError:
        return False
