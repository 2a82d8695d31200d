"""PINs that are named as such, or asked for and answered.

PCI DSS v4.0.1, requirement 3.3.1.3: PINs are never stored.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.codes import (
    BREAK,
    LINKS,
    WORLD_LINKS,
    gap_between,
    is_amount,
    others_behind,
    says_otherwise,
    values_after,
)
from compliance.masking.findings import Candidate
from compliance.masking.lexicon import GOES_ON, is_plain, words
from compliance.masking.scan import Scan

_PIN: Final = words("pin")
PIN_VALUE: Final = re.compile(
    r"(?:[0-9]{4,6}|[0-9](?:(?:[ .-]|[ ][.-][ ])[0-9]){3,5})(?![0-9a-z]|[.,:/-][0-9]|[ ]?[%€$£]"
    r"|[ -](?:pieces?|pcs|pc|packs?|"
    r"usd|eur|gbp|dollars?|euros?|pounds?|people|times|items?|likes|views?|members?|followers?|points?|mm|cm"
    r"|leds?)(?![a-z]))"
)
#: "31 62".
_PAIRS: Final = re.compile(r"[0-9]{2}[ .-][0-9]{2}(?![0-9a-z]|[ .,:/-][0-9]|[ ]?[%€$£])")
#: "7265, if it isn't that one it's 7256".
OR_ELSE: Final = re.compile(
    r"[^0-9a-z\ue000$€£]{1,3}(?:(?:or|to|and|then|y|o|a|ou|et|oder|und|e|of|not|but|no|sorry|i|mean|meant|it's|its|is|isn't|was"
    r"|maybe|now|wait|else|otherwise|if|that|one|from|the|old|new|my|non|sino|nicht|sondern|pas|mais|ma|pero|mas|niet|maar|se|si"
    r"|nao|for|essa|esse|este|esta|sera|ese|esa|eso|es|sonst|wenn|nicht|dann|ist|sinon|c'est|altrimenti|quello|questo|anders|als"
    r"|dat|is|albo|lub|jesli|nie|to|eller|om|inte|det|ar|ya|phir|warna|puede|ser|peut-etre|forse|talvez|vielleicht|misschien"
    r"|auf|naar|na|moze)[^0-9a-z\ue000$€£]{1,3}){0,8}"
)
#: "A connector of 1200 pins".
_HAS_PINS: Final = re.compile("[ -]?pins")
_POSTAL_PIN: Final = re.compile(r"pin ?-?code|pincode")
_IN_INDIA: Final = re.compile(
    "(?<![a-z])(?:india|delhi|mumbai|bangalore|bengaluru|chennai|kolkata|hyderabad|pune|deliver[a-z]*"
    "|ship[a-z]*)(?![a-z])"
)
_POSTAL: Final = re.compile(
    r"(?<![a-z])(?:postal|address|area|city|district|state|deliver[a-z]*|ship[a-z]*|location|courier|service"
    r"|servic[a-z]*|"
    r"india|delhi|mumbai|bangalore|bengaluru|chennai|kolkata|hyderabad|pune|available|cod|your)(?![a-z])"
)
#: Where a PIN is spoken of, and no needle: "the pin for my card".
_TOPIC: Final = words("card", "pin_topic")
#: "Pin the message", "ten pins".
NO_PIN: Final = re.compile(
    r"pins?[ ](?:the|this|that|it(?![ ](?:is|was))|down|up|your (?:location|post|message|chat))(?![a-z])"
    r"|pins[ ](?!are|is)[a-z0-9]"
)
#: What stands before a noun: "the PIN the lady gave me" is one.
_OF_NOUN: Final = re.compile(
    "(?<![a-z])(?:the|my|your|our|his|her|a|this|that|these|those|both|two|new|old|right|wrong|correct|same|atm|card|bank|sim"
    "|upi)[ ](?![\\s\\S])"
)


def is_no_pin(lower: str, start: int) -> bool:
    """Whether a word that begins here is a verb, or a plural: "pin the message", "ten pins"."""
    return NO_PIN.match(lower, start) is not None and _OF_NOUN.search(lower, max(0, start - 10), start) is None


_NO_PIN_BEHIND: Final = re.compile(rf"[ ,;:.-]{{1,4}}(?:can you |could you |please |to )?(?:{NO_PIN.pattern})")
#: "Can you pin 1200 posts".
_ASKS: Final = re.compile(r"(?:(?:can|could|will|would) (?:you|u|i|we)|please|pls|to|let's|and)[ ](?:also )?(?![\s\S])")
#: "Pin for me keycard is", "pin you lot sent me in march was": whose it is, or where it is from.
_OF_WHAT: Final = re.compile(
    "[ ](?:for|of|to|on|at|from|i|we|you|he|she|they|u|that|which|de|del|della|dello|dell'|du|da|do|des|der|die|den"
    "|dem|von|vom"
    "|fur|zu|van|voor|di|pour|para|per|que|qui|che|wat)(?:[ ][a-z'-]+|[ ][0-9](?![0-9])){0,10}[ ]?"
    "(?:[:=]|[ ](?:is|was|are|being|were|es|era|ist|war|lautet|c'est|etait|est|e|sera"
    "|luidt))[ :=]{0,2}\"?'?(?![\\s\\S])"
)
_REACH: Final = 70


class PinDetector:
    """A PIN beside a word for it, or alone after it was asked for."""

    id = "pin"
    entities = ("PIN",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """PINs in one view."""
        for word in scan.found(_PIN):
            match = values_after(scan, word.end(1), (PIN_VALUE, _PAIRS), _REACH)
            if match is None or not self._belongs(scan, word, match):
                continue
            yield scan.candidate("PIN", match.start(), match.end(), self.id, 0.8)
            for other in others_behind(scan.lower, match.end(), PIN_VALUE, OR_ELSE):
                yield scan.candidate("PIN", other.start(), other.end(), self.id, 0.7)
        for match in PIN_VALUE.finditer(scan.lower):
            if self._is_introduced(scan, match):
                yield scan.candidate("PIN", match.start(), match.end(), self.id, 0.75)
                for other in others_behind(scan.lower, match.end(), PIN_VALUE, OR_ELSE):
                    yield scan.candidate("PIN", other.start(), other.end(), self.id, 0.7)

    def _belongs(self, scan: Scan, word: re.Match[str], value: re.Match[str]) -> bool:
        if _is_postal(scan.lower, word, value) or is_no_pin(scan.lower, word.start(1)):
            return False
        gap = gap_between(scan.lower, word.end(1), value.start())
        if is_amount(scan.lower, value.start()):
            return False
        of_what = _OF_WHAT.match(gap) is not None and not says_otherwise(scan, gap.replace(" sim ", " "))
        if not of_what and gap.strip(" :=\n") and BREAK.search(gap):
            return False
        asks = _ASKS.search(scan.lower, max(0, word.start(1) - 20), word.start(1)) is not None
        asks = asks or word.group(1).endswith("pins")
        if asks and not GOES_ON.match(scan.lower, value.end()):
            return False
        # "PIN war immer 4821": in capitals it is no needle.
        is_topic = scan.has(_TOPIC) or scan.text[slice(*word.span(1))] == "PIN"
        is_topic = is_topic and not (_PAIRS.fullmatch(value.group()) or says_otherwise(scan, gap))
        return LINKS.match(gap) is not None or WORLD_LINKS.match(gap) is not None or of_what or is_topic

    def _is_introduced(self, scan: Scan, match: re.Match[str]) -> bool:
        start, end = match.span()
        if start > 0 and (is_plain(scan.lower[start - 1]) or is_amount(scan.lower, start)):
            return False
        if scan.word_after(_PIN, end):
            return not (_HAS_PINS.match(scan.lower, end) or _NO_PIN_BEHIND.match(scan.lower, end))
        if scan.is_unbidden(_PIN, start, end) or scan.is_answer(_PIN, start, end, most_words=2):
            return True
        return scan.is_answer(_KEYED, start, end, most_words=2)


#: "Which four digits did you key in at the ATM?"
_KEYED: Final = re.compile(
    r"(?<![a-z])(?:digits?|code|number|combination)[ ][^.?!\n]{0,40}(?<![a-z])(?:atm|cash ?machine|cash ?point"
    r"|card (?:machine|reader)|pin ?pad)(?![a-z])"
)


def _is_postal(lower: str, word: re.Match[str], value: re.Match[str]) -> bool:
    """Six digits after "pincode" are an Indian postal code where a place or a delivery is spoken of."""
    if not value.group().isdigit() or len(value.group()) != 6:
        return False
    if _POSTAL_PIN.match(word.group(1)):
        return _POSTAL.search(lower) is not None
    return _IN_INDIA.search(lower) is not None
