"""Card codes, PINs and expiry dates that are named as such, or asked for and answered.

PCI DSS v4.0.1, requirement 3.3.1: card verification codes and PINs are never stored.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.cards import CARD_WORD
from compliance.masking.findings import Candidate
from compliance.masking.followups import CODE, DATE, SPACED_CODE
from compliance.masking.lexicon import is_plain, words
from compliance.masking.scan import Scan

_CVV: Final = words("cvv")
_CVV_STRONG: Final = words("cvv_strong")
_PIN: Final = words("pin")
_EXPIRY: Final = words("expiry")
_NOT_EXPIRY: Final = words("not_expiry")
_NEGATIVE: Final = words("negative", "last_four")
_REACH: Final = 45

#: "3 digits" describes the code, it is not the code.
DESCRIPTION: Final = re.compile(
    r"(?:the )?(?:last )?[34][ -]?(?:digits?|numbers?|numeros?|digitos|chiffres|cifre|ziffern|cijfers)"
    r"|[(][34][)]"
)
BREAK: Final = re.compile(r"[0-9\ue000]|[.!?][ \n]|\n[ ]*\n")
FAILURE: Final = re.compile(
    r"(?<![a-z])(?:fail(?:s|ed|ure)?|mismatch|declined|response|status|http|after|since|until|within|only|"
    r"at least|over|than|every|about|around|paid|charged|pay|cost|costs)(?![a-z])"
)
#: What may stand between a word and its value if the word alone says little.
LINKS: Final = re.compile(
    r"(?:[^0-9a-z\ue000]|(?:is|was|are|its|it|reads?|says|to|number|no|num|code|the|my|of|on|card|atm|bank|"
    r"should be|would be|back|front|for|this|which|and|digits?|value|es|mi|el|la|de|del|tarjeta|est|ma|carte|ist"
    r"|meiner|"
    r"meine|karte|lautet|e|o|do|meu|cartao|mia|della|carta|van|mijn|pas|kaart|a|new|old|current|changed|"
    r"set|reset|entered|enter|used|use|visa|debit|credit|mastercard|amex|nummer|numero|here|comes|you|go|"
    r"sent|wanted|need|asked|le|il|fin|am|im|al|den|au|in|until|til|"
    r"(?:[34] ?digits?))(?![a-z])){0,12}(?![\s\S])"
)
_PIN_VALUE: Final = re.compile(r"(?:[0-9]{4,6}|[0-9](?:[ .-][0-9]){3,5})(?![0-9a-z]|[.,:/-][0-9]|[ ]?[%€$£])")
_POSTAL_PIN: Final = re.compile(r"pin ?-?code|pincode")
_POSTAL: Final = re.compile(
    r"(?<![a-z])(?:postal|address|area|city|district|state|deliver[a-z]*|ship[a-z]*|location|courier|service"
    r"|servic[a-z]*|"
    r"india|delhi|mumbai|bangalore|bengaluru|chennai|kolkata|hyderabad|pune|available|cod|your)(?![a-z])"
)


def _values_after(lower: str, at: int, patterns: tuple[re.Pattern[str], ...]) -> re.Match[str] | None:
    """The first value within reach behind a word, past a description of it."""
    for start in range(at, min(len(lower), at + _REACH)):
        if not lower[start].isdigit() or (start > at and is_plain(lower[start - 1])) or _describes(lower, start):
            continue
        found = (pattern.match(lower, start) for pattern in patterns)
        return next((match for match in found if match), None)
    return None


def _describes(lower: str, start: int) -> bool:
    """ "3 digits", "(3)"."""
    return DESCRIPTION.match(lower, start) is not None or (
        start > 0 and DESCRIPTION.match(lower, start - 1) is not None
    )


def _is_amount(lower: str, start: int) -> bool:
    return start > 0 and lower[start - 1] in "$€£#@"


class CvvDetector:
    """A card verification code beside a word for it, or alone after it was asked for."""

    id = "cvv"
    entities = ("CVV",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Codes in one view."""
        for word in _CVV.finditer(scan.lower):
            match = _values_after(scan.lower, word.end(1), (SPACED_CODE, CODE))
            if match is None and word.group(1).endswith("2"):
                # "cvv257": the 2 is not of "cvv2".
                match = _values_after(scan.lower, word.end(1) - 1, (SPACED_CODE, CODE))
            if match and self._belongs(scan, word, match):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.8)
        for pattern in (SPACED_CODE, CODE):
            for match in pattern.finditer(scan.lower):
                if self._is_introduced(scan, match):
                    yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.75)

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        gap = DESCRIPTION.sub(" ", scan.lower[word.end(1) : value.start()])
        if _is_amount(scan.lower, value.start()) or BREAK.search(gap):
            return False
        if _CVV_STRONG.match(scan.lower, word.start(1)):
            return not (_NEGATIVE.search(gap) or FAILURE.search(gap))
        return LINKS.match(gap) is not None

    def _is_introduced(self, scan: Scan, match: re.Match[str]) -> bool:
        start, end = match.span()
        if start > 0 and (is_plain(scan.lower[start - 1]) or _is_amount(scan.lower, start)):
            return False
        if scan.word_after(_CVV, end):
            return not scan.negative_before(start, 20)
        return scan.was_asked(_CVV) and scan.is_bare(start, end)


class PinDetector:
    """A PIN beside a word for it, or alone after it was asked for."""

    id = "pin"
    entities = ("PIN",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """PINs in one view."""
        for word in _PIN.finditer(scan.lower):
            match = _values_after(scan.lower, word.end(1), (_PIN_VALUE,))
            if match is None or _is_postal(scan.lower, word, match):
                continue
            gap = DESCRIPTION.sub(" ", scan.lower[word.end(1) : match.start()])
            if LINKS.match(gap) and not BREAK.search(gap):
                yield scan.candidate("PIN", match.start(), match.end(), self.id, 0.8)
        for match in _PIN_VALUE.finditer(scan.lower):
            start, end = match.span()
            if start > 0 and (is_plain(scan.lower[start - 1]) or _is_amount(scan.lower, start)):
                continue
            if scan.word_after(_PIN, end) or (scan.was_asked(_PIN) and scan.is_bare(start, end)):
                yield scan.candidate("PIN", start, end, self.id, 0.75)


def _is_postal(lower: str, word: re.Match[str], value: re.Match[str]) -> bool:
    """Six digits after "pincode" are an Indian postal code where a place or a delivery is spoken of."""
    if not value.group().isdigit() or len(value.group()) != 6:
        return False
    return bool(_POSTAL_PIN.match(word.group(1))) and _POSTAL.search(lower) is not None


class ExpiryDetector:
    """A month and year after a word for expiry, where a card is spoken of or nothing else is."""

    id = "expiry"
    entities = ("EXPIRY",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Expiry dates in one view."""
        for word in _EXPIRY.finditer(scan.lower):
            match = _date_after(scan.lower, word.end(1))
            if match and self._is_of_card(scan, word, match):
                yield scan.candidate("EXPIRY", match.start(), match.end(), self.id, 0.7)

    def _is_of_card(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        gap = scan.lower[word.end(1) : value.start()]
        if LINKS.match(gap) is None:
            return False
        around = scan.lower[max(0, word.start(1) - 60) : value.end() + 30]
        if CARD_WORD.search(around) or _CVV_STRONG.search(around) or "\ue000" in around:
            return True
        asked = scan.asked
        if _NOT_EXPIRY.search(around):
            return False
        return word.group(1).startswith(("exp", "valid", "good", "mm")) or bool(asked and CARD_WORD.search(asked))


def _date_after(lower: str, at: int) -> re.Match[str] | None:
    for start in range(at, min(len(lower), at + 25)):
        if is_plain(lower[start]) and (start == 0 or not is_plain(lower[start - 1]) or start == at):
            match = DATE.match(lower, start)
            if match or lower[start].isdigit():
                return match or _PLAIN_DATE.match(lower, start)
    return None


_PLAIN_DATE: Final = re.compile(r"(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9](?![0-9a-z])")
