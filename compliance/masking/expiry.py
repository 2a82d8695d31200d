"""Expiry dates of cards that are named as such. PCI DSS v4.0.1, requirement 3.5.1: kept only beside a number."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.codes import CVV_STRONG, LINKS
from compliance.masking.findings import Candidate
from compliance.masking.followups import DATE, is_time
from compliance.masking.lexicon import is_plain, words
from compliance.masking.scan import Scan

_EXPIRY: Final = words("expiry")
_NOT_EXPIRY: Final = words("not_expiry")
_NEGATIVE: Final = words("negative", "last_four")
#: How words begin that are said of cards; "vence" and "scade" are said of bills as well.
_OF_CARDS: Final = (
    "exp", "valid", "good", "mm", "gultig", "gueltig", "caduc", "geldig", "ablauf", "verval", "date d", "fecha de cad",
    "fecha de exp", "fecha de venc", "data di scad", "scadenza carta",
)  # fmt: skip
#: "Valid until March 27": a day and no year, unless of a card.
_MAYBE_DAY: Final = re.compile(r"[a-z]+\.?[ ](?:0?[1-9]|[12][0-9]|3[01])")


class ExpiryDetector:
    """A month and year after a word for expiry, where a card is spoken of or nothing else is."""

    id = "expiry"
    entities = ("EXPIRY",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Expiry dates in one view."""
        known: set[int] = set()
        for word in scan.found(_EXPIRY):
            match = _date_after(scan.lower, word.end(1))
            if match and match.start() not in known and self._is_of_card(scan, word, match):
                known.add(match.start())
                yield scan.candidate("EXPIRY", match.start(), match.end(), self.id, 0.7)
                until = _UNTIL.match(scan.lower, match.end())
                second = DATE.match(scan.lower, until.end()) if until else None
                if second:
                    yield scan.candidate("EXPIRY", second.start(), second.end(), self.id, 0.7)
        for match in scan.found(DATE):
            if match.start() in known:
                continue
            behind = _EXPIRY_BEHIND.match(scan.lower, match.end())
            alone = match.start() == 0 or not (is_plain(before := scan.lower[match.start() - 1]) or before in "-./$")
            if (
                behind
                and alone
                and not (scan.has(_NEGATIVE) and _is_last_four(scan.lower, match.start()))
                and self._is_of_card(scan, behind, match)
            ):
                yield scan.candidate("EXPIRY", match.start(), match.end(), self.id, 0.65)

    def _is_of_card(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        gap = scan.lower[word.end(1) : value.start()]
        if LINKS.match(gap) is None or _is_other(scan, gap) or is_time(scan.lower, value):
            return False
        around = scan.lower[max(0, min(word.start(1), value.start()) - 60) : max(word.end(1), value.end()) + 30]
        if scan.holds_card or any(scan.has(pattern) and pattern.search(around) for pattern in (CARD_WORD, CVV_STRONG)):
            return True
        asked = scan.asked
        if scan.has(_NOT_EXPIRY) and _NOT_EXPIRY.search(around):
            return False
        if _VERB.match(word.group(1)) and not _OF_IT.search(scan.lower, max(0, word.start(1) - 20), word.start(1)):
            return bool(asked and CARD_WORD.search(asked))
        if asked and CARD_WORD.search(asked):
            return True
        return word.group(1).startswith(_OF_CARDS) and _MAYBE_DAY.fullmatch(value.group()) is None


def _is_other(scan: Scan, gap: str) -> bool:
    """Whether a comparison or a stay in another country is spoken of."""
    return _COMPARED.search(gap) is not None or (scan.has(_TRAVEL) and scan.has(_VISA))


#: "WHERE exp < '2027-11'".
_COMPARED: Final = re.compile(r"[<>!]=?[ ]*['\"]|[ ][<>]=?[ ]")
#: "My visa is valid until 05/2027, do I need an extension": to stay in a country.
_VISA: Final = re.compile("(?<![a-z])(?:visa|visum|visto|visado)(?![a-z])")
_TRAVEL: Final = re.compile(
    r"(?<![a-z])(extension|extend|embassy|consulate|travel|schengen|immigration|residen(?:ce|t|cy)|border|permit"
    r"|work visa|student visa|tourist|entry|uscis|stay|evisa|h-?1b|j-?1|biometrics?)(?![a-z])"
)
#: "The meds expire 08/27".
_VERB: Final = re.compile(r"expir(?:es?|ed|ing|an?|o)(?![a-z])")
_OF_IT: Final = re.compile(
    r"(?:^|[^a-z ]|(?<![a-z])(?:it|card|mine|this|that|and|which|visa|one)|\ue000)[ ]?(?:will |s )?(?![\s\S])"
)
_UNTIL: Final = re.compile(
    r"[ ]?(?:-|to|until|till|thru|through|bis|a|au|hasta|al|ate|fino a|tot)[ ](?:the )?(?:end )?(?:of )?"
)
_EXPIRY_BEHIND: Final = re.compile(
    r"[ ]?[(<-]{0,2}[ ]?(?:is |as )?(?:the )?(exp(?:iry|ires|iration)?(?: date)?)(?![a-z])"
)


def _is_last_four(lower: str, start: int) -> bool:
    return _NEGATIVE.search(lower[max(0, start - 25) : start]) is not None


def _date_after(lower: str, at: int) -> re.Match[str] | None:
    for start in range(at, min(len(lower), at + 25)):
        if is_plain(lower[start]) and (start == 0 or not is_plain(lower[start - 1]) or start == at):
            match = DATE.match(lower, start)
            if match or lower[start].isdigit():
                return match or _PLAIN_DATE.match(lower, start)
    return None


_PLAIN_DATE: Final = re.compile(
    r"(?:(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9]|(?:20)?[2-4][0-9](?:0[1-9]|1[0-2]))(?![0-9]|(?!c[vsi])[a-z])"
)
