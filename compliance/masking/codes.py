"""Card verification codes that are named as such, or asked for and answered.

PCI DSS v4.0.1, requirement 3.3.1.2: card verification codes are never stored.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.followups import CODE, DATE, SPACED_CODE
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import GOES_ON, alternation, gated, is_plain, mention, occurs, rulebook, words
from compliance.masking.scan import Scan

_CVV: Final = words("cvv")
CVV_STRONG: Final = words("cvv_strong")
_NEGATIVE: Final = words("negative", "last_four")
_REACH: Final = 45
_LAST_FOUR: Final = mention("last_four")
_DIGIT: Final = re.compile("[0-9]")

DESCRIPTION: Final = re.compile(
    r"(?:the )?(?:last )?[34][ -]?(?:digits?|numbers?|numeros?|digitos|chiffres|cifre|ziffern|cijfers)"
    r"|[(][34][)]|[0-9]{1,2}[ ]?(?:times|attempts?|tries|x)(?![a-z])"
)
BREAK: Final = re.compile(
    r"[0-9\ue000]|(?<!no)(?<!nr)(?<!num)(?<!\.)[.!][ \n]"
    r"(?!(?:i'm |im |i )?(?:typ|put|enter|us|tried|have)|it's|its|mine)"
    r"|[?][ \n]+(?!it|here|ok|that|sure|yes)[a-z]|\n[ ]*\n"
)
FAILURE: Final = re.compile(
    r"(?<![a-z])(?:fail(?:s|ed|ure)?|never|alerts?|alarm|mismatch|declined|response|status|http|after|since|until|within|only|"
    r"percent|at least|over|than|every|about|around|paid|charged|pay|cost|costs)(?![a-z])"
)
#: What may stand between a word and its value if the word alone says little.
LINKS: Final = re.compile(rf"(?:[^0-9a-z\ue000]|(?:{'|'.join(rulebook()['links'])})(?![a-z])){{0,12}}(?![\s\S])")
#: The same in more languages, for the server alone.
WORLD_LINKS: Final = re.compile(
    rf"(?:[^0-9a-z\ue000]|(?:{'|'.join([*rulebook()['links'], *rulebook()['links_world']])})(?![a-z]))"
    r"{0,14}(?![\s\S])"
)
_NOT_CVV: Final = words("cvv_not")
#: "Atras hay 300 sillas": by itself it says next to nothing.
_BARE_PLACE: Final = re.compile(
    "atras|detras|derriere|dietro|verso|hinten(?: drauf)?|achter ?op|z tylu|teen ?(?:number|digit)"
    "|(?:3|tres|trois|drei|drie|tre|trzy) ?(?:digitos|chiffres|ziffern|cijfers|cifre|numeros|numeri|zahlen|cyfry"
    "|siffror)"
)
#: "Never share your cvv with anyone in 2026".
YEAR: Final = re.compile(
    r"(?<![a-z])(?:in|since|year|by|for|of|from|until|till|before|after)[ ](?:19|20)[0-9]{2}(?![\s\S])"
)
#: Between a code and another: "123 or 321", "not 123 but 321", "123 for the visa and 1234 for the amex".
OR: Final = re.compile(
    r"[^0-9a-z\ue000$€£]{1,3}(?:(?:or|to|and|then|y|o|a|ou|et|oder|und|e|auf|naar|of|not|but|no|sorry|i|mean|meant|it's|its"
    r"|is|isn't|was|maybe|now|rather|actually|wait|oops|instead|from|for|the|my|on|other|one|second|old|new|visa|amex"
    r"|mastercard|card|non|sino|nicht|sondern|pas|mais|ma|pero|mas|niet|maar|sono|son)[^0-9a-z\ue000$€£]{1,3}){0,6}"
)
#: "The card ending 4242": four digits that may be shown.
ENDING: Final = gated(
    re.compile(
        f"(?<![a-z])(?:{alternation('last_four')})(?![a-z])[^0-9a-z]{{0,4}}(?:[a-z]{{2,5}}[ ])?[0-9]{{4}}(?![0-9])"
    ),
    alternation("last_four"),
)
#: "On the back of my washing machine".
OF_OTHER: Final = re.compile(
    r"[^.?!\n0-9]{0,30}[ ]of (?:the |my |a |an |your |its |this )?(?:[a-z]{1,12} )?(?:machine|router|phone|device"
    r"|box|page|book|manual|tv|laptop"
    r"|camera|modem|letter|envelope|package|product|unit|house|building|bus|car|truck|room|shirt|packet|bag|label|fridge"
    r"|receipt|ticket|form|leaflet|remote|meter|washer|dryer|printer|watch|photo|picture)(?![a-z])"
)
_OF: Final = PatternSet((" of ",))
_MOST_OTHERS: Final = 3
#: "610 cvv failures".
COUNTED: Final = re.compile(
    r"[ ](?:[a-z]{1,20}[ ]){1,2}(?:fail(?:ure)?|error|attempt|check|mismatch|request|decline|test|field|issue|problem"
    r"|case)(?:e?s)?(?![a-z])"
)
_ENDING_REACH: Final = 40


def values_after(
    scan: Scan, at: int, patterns: tuple[re.Pattern[str], ...], reach: int = _REACH
) -> re.Match[str] | None:
    """The first value within reach behind a word, past descriptions of it and last digits of cards."""
    lower = scan.lower
    if scan.has(_LAST_FOUR):
        return _value_past_endings(lower, at, patterns)
    for digit in _DIGIT.finditer(lower, at, at + reach):
        start = digit.start()
        if not (start > at and is_plain(lower[start - 1])) and not _describes(lower, start):
            found = (pattern.match(lower, start) for pattern in patterns)
            return next((match for match in found if match), None)
    return None


def _value_past_endings(lower: str, at: int, patterns: tuple[re.Pattern[str], ...]) -> re.Match[str] | None:
    start, until = at, min(len(lower), at + _REACH)
    while start < until:
        # In the middle of a word none begins.
        is_inside = start > 0 and "a" <= lower[start - 1] <= "z"
        if not is_inside and (ending := ENDING.match(lower, start)):
            # "The cvv of the card ending 4242 is 123" may well say more than fits the reach.
            start, until = ending.end(), min(len(lower), ending.end() + _REACH)
        elif not lower[start].isdigit() or (start > at and is_plain(lower[start - 1])) or _describes(lower, start):
            start += 1
        else:
            found = (pattern.match(lower, start) for pattern in patterns)
            return next((match for match in found if match), None)
    return None


def _describes(lower: str, start: int) -> bool:
    """ "3 digits", "(3)"."""
    return DESCRIPTION.match(lower, start) is not None or (
        start > 0 and DESCRIPTION.match(lower, start - 1) is not None
    )


def is_amount(lower: str, start: int) -> bool:
    """Behind a sign of money, or a year."""
    return (start > 0 and lower[start - 1] in "$€£#@") or YEAR.search(lower[max(0, start - 8) : start + 4]) is not None


def gap_between(lower: str, word_end: int, start: int) -> str:
    """What stands between a word and its value, without descriptions of it."""
    gap = lower[word_end:start]
    if any(map(str.isdigit, gap)):
        gap = DESCRIPTION.sub(" ", ENDING.sub(" ", gap))
    # "CVV no. 123" is no new sentence.
    return gap.lstrip(".")


def says_otherwise(scan: Scan, gap: str) -> bool:
    """Whether something between a word and a number makes it another number."""
    if not gap.strip():
        return False
    return (scan.has(_NEGATIVE) and occurs(_NEGATIVE, gap)) or (scan.has(FAILURE) and FAILURE.search(gap) is not None)


def others_behind(
    lower: str, end: int, value: re.Pattern[str], link_word: re.Pattern[str] = OR
) -> Iterator[re.Match[str]]:
    """Further values behind one: "1234 or 4321", "from 1234 to 4321", "not 123 but 321"."""
    for _ in range(_MOST_OTHERS):
        link = link_word.match(lower, end)
        match = value.match(lower, link.end()) if link else None
        if match is None or YEAR.search(lower[max(0, match.start() - 8) : match.start() + 4]):
            return
        yield match
        end = match.end()


def is_of_other(scan: Scan, at: int) -> bool:
    """Whether the text goes on to speak of something that is no card: "… of my washing machine"."""
    return scan.has(_OF) and OF_OTHER.match(scan.lower, at) is not None


class CvvDetector:
    """A card verification code beside a word for it, or alone after it was asked for."""

    id = "cvv"
    entities = ("CVV",)

    @property
    def named(self) -> re.Pattern[str]:
        """Its words."""
        return _CVV

    @property
    def strong(self) -> re.Pattern[str]:
        """Those of them that say enough by themselves."""
        return CVV_STRONG

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Codes in one view."""
        known: set[int] = set()
        for word in scan.found(self.named):
            for match in self._behind(scan, word):
                known.add(match.start())
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.8)
        for pattern in (SPACED_CODE, CODE):
            for match in pattern.finditer(scan.lower):
                if match.start() not in known and self._is_introduced(scan, match):
                    yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.75)
                    for other in others_behind(scan.lower, match.end(), CODE):
                        yield scan.candidate("CVV", other.start(), other.end(), self.id, 0.7)

    def _behind(self, scan: Scan, word: re.Match[str]) -> Iterator[re.Match[str]]:
        """The code behind a word for it, and others after it."""
        if scan.lower.startswith("social ", max(0, word.start(1) - 7)):
            return
        match = values_after(scan, word.end(1), (SPACED_CODE, CODE))
        if match is None and word.group(1).endswith("2"):
            # "cvv257": the 2 is not of "cvv2".
            match = values_after(scan, word.end(1) - 1, (SPACED_CODE, CODE))
        if match is None or not self._belongs(scan, word, match):
            return
        yield match
        yield from others_behind(scan.lower, match.end(), CODE)

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        gap = gap_between(scan.lower, word.end(1), value.start())
        if (is_amount(scan.lower, value.start()) and gap.strip() != "#") or (gap.strip(" :=\n") and BREAK.search(gap)):
            return False
        if self.strong.match(scan.lower, word.start(1)):
            return not says_otherwise(scan, gap)
        return LINKS.match(gap) is not None and not is_of_other(scan, word.end(1))

    def _is_introduced(self, scan: Scan, match: re.Match[str]) -> bool:
        start, end = match.span()
        before = scan.lower[start - 1] if start else " "
        if is_plain(before) or is_amount(scan.lower, start) or COUNTED.match(scan.lower, end):
            return False
        if before in "-./" and start > 1 and is_plain(scan.lower[start - 2]):
            return False
        if scan.word_after(self.named, end):
            named = not (scan.negative_before(start, 20) or is_of_other(scan, end))
        else:
            named = scan.is_answer(self.named, start, end, most_words=3) or scan.is_unbidden(self.named, start, end)
        # The year of "nov 2029" is none.
        dates = DATE.finditer(scan.lower, max(0, start - 14), end) if named else ()
        return named and not any(date.start() <= start < date.end() for date in dates)


class WorldCvvDetector(CvvDetector):
    """The same in more languages than the browser's twin has words of."""

    @property
    def named(self) -> re.Pattern[str]:
        """Its words; long to compile, so not before they are wanted."""
        return words("cvv", "cvv_world")

    @property
    def strong(self) -> re.Pattern[str]:
        """Those of them that say enough by themselves."""
        return words("cvv_strong", "cvv_world_strong")

    def warm(self) -> None:
        """Compile the words."""
        self.named.search("")
        self.strong.search("")

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        if scan.has(_NOT_CVV) and _NOT_CVV.search(scan.lower, max(0, word.start(1) - 20), value.end() + 15):
            return False
        if _BARE_PLACE.fullmatch(word.group(1)) and GOES_ON.match(scan.lower, value.end()) is None:
            return False
        if super()._belongs(scan, word, value):
            return True
        gap = gap_between(scan.lower, word.end(1), value.start())
        if is_amount(scan.lower, value.start()) or WORLD_LINKS.match(gap) is None:
            return False
        return not (is_of_other(scan, word.end(1)) or says_otherwise(scan, gap))
