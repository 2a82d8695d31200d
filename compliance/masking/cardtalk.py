"""A card's code that only the talk about a card explains: "456 is what's on the back", "oh and 456".

Where a card has just been given, or is spoken of, a lone number of three or four digits needs no
name of its own: a word for where it stands or what it is for will do, or next to no words at all.
PCI DSS v4.0.1, requirement 3.3.1.2.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.codeplace import is_response
from compliance.masking.codes import BREAK, ENDING, gap_between, is_amount, says_otherwise
from compliance.masking.findings import Candidate
from compliance.masking.followups import CODE, GLUED_DATE, SPACED_CODE, card_was_given
from compliance.masking.lexicon import LINK, is_plain, is_within, mention, words
from compliance.masking.scan import Scan

_PLACE: Final = words("cvv_place")
_HINT: Final = words("cvv_hint")
_OTHER_CODE: Final = words("negative", "last_four", "other_code", "pin")
_OTHER_ASK: Final = mention("other_ask", "negative", "last_four", "other_code")
_CODE_WORD: Final = mention("cvv", "cvv_world", "expiry", "card")
_YEAR: Final = re.compile("(?:19|20)[0-9]{2}")
_REACH: Final = 45
_BEFORE_HINT: Final = 18
_BEHIND: Final = 30
_PHRASE: Final = 40
_CODE: Final = re.compile(
    "(?<![a-z])(?:codes?|codigo|codice|kode?n?|koodi|verification|security|secret|signature|digits?)(?![a-z])"
)
_MOST_WORDS: Final = 3


class CardTalkDetector:
    """Codes without a name of their own."""

    id = "card-talk"
    entities = ("CVV",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Codes in one view."""
        given = scan.holds_card or card_was_given(scan)
        if not (given or scan.card_words or scan.was_asked(CARD_WORD)):
            return
        endings = [match.span() for match in scan.found(ENDING)]
        for match in chain(SPACED_CODE.finditer(scan.lower), CODE.finditer(scan.lower)):
            is_shown = is_within(match.start(), endings)
            if not is_shown and _is_lone(scan.lower, match) and self._is_explained(scan, match, given):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.7)

    def _is_explained(self, scan: Scan, match: re.Match[str], given: bool) -> bool:
        hint = _HINT if given or _is_of_card(scan, match.start()) else _PLACE
        if scan.has(hint) and (_hinted_before(scan, hint, match.start()) or _hinted_behind(scan, hint, match)):
            return True
        if GLUED_DATE.fullmatch(match.group()):
            return False
        asked = scan.was_asked(_PLACE) and not scan.was_asked(_OTHER_ASK)
        if not (asked or given) or not scan.is_remark(*match.span(), _MOST_WORDS):
            return False
        return asked or _speaks_of_nothing_else(scan)


def _is_lone(lower: str, match: re.Match[str]) -> bool:
    """Not a part of something longer, no amount and no year."""
    start = match.start()
    if start > 0 and is_plain(lower[start - 1]):
        return False
    if start > 1 and lower[start - 1] in "-./:," and is_plain(lower[start - 2]):
        return False
    return not (is_amount(lower, start) or is_response(lower, start)) and _YEAR.fullmatch(match.group()) is None


def _is_of_card(scan: Scan, start: int) -> bool:
    """ "The verification code on the card is 918": a code and a card in one breath."""
    if not scan.has(_CODE):
        return False
    phrase = scan.lower[max(0, start - _PHRASE) : start]
    code = _CODE.search(phrase)
    return (
        code is not None and CARD_WORD.search(phrase) is not None and not says_otherwise(scan, phrase[code.start() :])
    )


def _hinted_before(scan: Scan, hint: re.Pattern[str], start: int) -> bool:
    lower, end = scan.lower, scan.last_found(hint, max(0, start - _REACH), start)
    if end < 0:
        return False
    gap = gap_between(lower, end, start)
    if BREAK.search(gap) or says_otherwise(scan, gap):
        return False
    return not (scan.has(_OTHER_CODE) and _OTHER_CODE.search(lower, max(0, end - _BEFORE_HINT), start))


def _hinted_behind(scan: Scan, hint: re.Pattern[str], match: re.Match[str]) -> bool:
    """ "456 is what's on the back", "and 456 for the security thing"."""
    lower = scan.lower
    link = LINK.match(lower, match.end())
    at = link.end() if link else match.end()
    found = hint.search(lower, at, match.end() + _BEHIND)
    if found is None or at == match.end():
        return False
    gap = lower[at : found.start(1)]
    before = lower[max(0, match.start() - _BEFORE_HINT) : match.start()]
    return not (BREAK.search(gap) or says_otherwise(scan, gap)) and not (
        scan.has(_OTHER_CODE) and _OTHER_CODE.search(gap + " " + before)
    )


def _speaks_of_nothing_else(scan: Scan) -> bool:
    """The other party's last word asks for nothing, or for more about the card."""
    context = scan.context
    last = next((message.text.lower() for message in reversed(context.previous) if message.by != context.by), "")
    if scan.has(_OTHER_ASK):
        return False
    return "?" not in last or _CODE_WORD.any_in(last)
