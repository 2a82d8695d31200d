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
BREAK: Final = re.compile(
    r"[0-9\ue000]|(?<!no)(?<!nr)(?<!num)(?<!\.)[.!][ \n]|[?][ \n]+(?!it|here|ok|that|sure|yes)[a-z]|\n[ ]*\n"
)
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
    r"c'est|s|hai|ka|mera|voor|fur|karty|kartu|meinem|meinen|sind|sono|sao|son|lo|behind|saying|shows?|printed|"
    r"there|account|savings|checking|aqui|ecco|hier|voici|pls|please|back of|end|ende|fine|finales|used to be|be|"
    r"from|was|mes|month|year|atras|detras|dos|verso|retro|"
    r"hinten|ruckseite|achterkant|achterop|sul|auf|der|zijn|dorso|reverso|numeros?|cifre|ziffern|chiffres|digitos|"
    r"sent|wanted|need|asked|le|il|fin|am|im|al|den|au|in|until|til|"
    r"(?:[34] ?digits?))(?![a-z])){0,12}(?![\s\S])"
)
#: "Never share your cvv with anyone in 2026".
YEAR: Final = re.compile(r"(?<![a-z])(?:in|since|year|by|for|of)[ ](?:19|20)[0-9]{2}(?![\s\S])")
_PIN_VALUE: Final = re.compile(
    r"(?:[0-9]{4,6}|[0-9](?:(?:[ .-]|[ ][.-][ ])[0-9]){3,5})(?![0-9a-z]|[.,:/-][0-9]|[ ]?[%€$£]"
    r"|[ -](?:pieces?|pcs|pc|packs?|"
    r"usd|eur|gbp|dollars?|euros?|pounds?|people|times|items?|likes?|views?|members?|followers?|points?|mm|cm|leds?)(?![a-z]))"
)
#: "A connector of 1200 pins".
_HAS_PINS: Final = re.compile("[ -]?pins")
OR: Final = re.compile("[ ]?(?:or|to|and|/|,|then|y|o|a|ou|et|oder|und|auf|naar|of)(?: (?:maybe|now))?[ ]")
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
    return (start > 0 and lower[start - 1] in "$€£#@") or YEAR.search(lower[max(0, start - 8) : start + 4]) is not None


class CvvDetector:
    """A card verification code beside a word for it, or alone after it was asked for."""

    id = "cvv"
    entities = ("CVV",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Codes in one view."""
        for word in _CVV.finditer(scan.lower):
            for match in self._behind(scan, word):
                yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.8)
        for pattern in (SPACED_CODE, CODE):
            for match in pattern.finditer(scan.lower):
                if self._is_introduced(scan, match):
                    yield scan.candidate("CVV", match.start(), match.end(), self.id, 0.75)

    def _behind(self, scan: Scan, word: re.Match[str]) -> Iterator[re.Match[str]]:
        """The code behind a word for it, and another: "123 or 321"."""
        if scan.lower.startswith("social ", max(0, word.start(1) - 7)):
            return
        match = _values_after(scan.lower, word.end(1), (SPACED_CODE, CODE))
        if match is None and word.group(1).endswith("2"):
            # "cvv257": the 2 is not of "cvv2".
            match = _values_after(scan.lower, word.end(1) - 1, (SPACED_CODE, CODE))
        if match is None or not self._belongs(scan, word, match):
            return
        yield match
        link = OR.match(scan.lower, match.end())
        other = CODE.match(scan.lower, link.end()) if link else None
        if other:
            yield other

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        # "CVV no. 123" is no new sentence.
        gap = DESCRIPTION.sub(" ", scan.lower[word.end(1) : value.start()]).removeprefix(".")
        if (_is_amount(scan.lower, value.start()) and gap.strip() != "#") or BREAK.search(gap):
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
        return scan.is_answer(_CVV, start, end, most_words=2)


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
                yield from self._others(scan, match.end())
        for match in _PIN_VALUE.finditer(scan.lower):
            start, end = match.span()
            if start > 0 and (is_plain(scan.lower[start - 1]) or _is_amount(scan.lower, start)):
                continue
            if (scan.word_after(_PIN, end) and not _HAS_PINS.match(scan.lower, end)) or scan.is_answer(
                _PIN, start, end, most_words=2
            ):
                yield scan.candidate("PIN", start, end, self.id, 0.75)

    def _others(self, scan: Scan, end: int) -> Iterator[Candidate]:
        """ "1234 or 4321", "from 1234 to 4321"."""
        link = OR.match(scan.lower, end)
        match = _PIN_VALUE.match(scan.lower, link.end()) if link else None
        if match:
            yield scan.candidate("PIN", match.start(), match.end(), self.id, 0.7)


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
                until = _UNTIL.match(scan.lower, match.end())
                second = DATE.match(scan.lower, until.end()) if until else None
                if second:
                    yield scan.candidate("EXPIRY", second.start(), second.end(), self.id, 0.7)
        for match in DATE.finditer(scan.lower):
            behind = _EXPIRY_BEHIND.match(scan.lower, match.end())
            alone = match.start() == 0 or not (is_plain(before := scan.lower[match.start() - 1]) or before in "-./$")
            if (
                behind
                and alone
                and not _is_last_four(scan.lower, match.start())
                and self._is_of_card(scan, behind, match)
            ):
                yield scan.candidate("EXPIRY", match.start(), match.end(), self.id, 0.65)

    def _is_of_card(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        gap = scan.lower[word.end(1) : value.start()]
        if LINKS.match(gap) is None:
            return False
        around = scan.lower[max(0, min(word.start(1), value.start()) - 60) : max(word.end(1), value.end()) + 30]
        if CARD_WORD.search(around) or _CVV_STRONG.search(around) or "\ue000" in around:
            return True
        asked = scan.asked
        if _NOT_EXPIRY.search(around):
            return False
        return word.group(1).startswith(("exp", "valid", "good", "mm")) or bool(asked and CARD_WORD.search(asked))


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


_PLAIN_DATE: Final = re.compile(r"(?:0[1-9]|1[0-2])(?:20)?[2-4][0-9](?![0-9a-z])")
