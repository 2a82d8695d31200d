"""Postal addresses, best effort: street with number, PO box, British and American postcodes.

Streets of other countries are found by their words for street. Written in small letters, only
after a word for an address.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import words
from compliance.masking.scan import WORD_BEFORE, Scan

_SUFFIX: Final = (
    "(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|ter|"
    "parade|pde|esplanade|promenade|embankment|croft|wynd|approach|circuit|cct|chase|way|circle|cir|parkway|pkwy|highway|hwy|close|crescent|cres|gardens|gdns|grove|mews|row|alley|trail|trl|loop|"
    "walk|plaza|quay|hill|green|park|rise|view|turnpike|pike|crossing|path|heights)"
)
_UNIT: Final = (
    r"(?:[ ]?,?[ ]?(?:apt|apartment|unit|suite|ste|flat|floor|fl|room|rm|#)\.?[ ]?#?"
    r"(?:[0-9]{1,5}[a-z]?|[a-z][0-9]{0,3})(?![a-z0-9]))?"
)
_REGION: Final = (
    r"(?:,?[ ](?:[a-z]{2}|[a-z]{4,14})?,?[ ]?(?:[0-9]{5}(?:-[0-9]{4})?|[a-z]{1,2}[0-9][0-9a-z]?[ ]?[0-9][a-z]{2}))?"
)
_CITY: Final = r"(?:,[ ]?(?:[a-z.'-]{2,20}[ ]?){1,3}(?=,|[ ][0-9]|[ ][a-z]{1,2}[0-9]))?"
_STREET: Final = re.compile(
    rf"(?<![0-9a-z$€£.])(?:(?:flat|unit|apt"
    rf"|apartment)[ ]?[0-9]{{1,4}}[a-z]?,?[ ])?[0-9]{{1,5}}[a-z]?(?:[-/][0-9]{{1,4}})?,?[ ](?:(?:north|south|east"
    rf"|west|n|s|e|w|ne|nw|se|sw)\.?[ ])?"
    rf"(?:(?:(?!(?:on|at|in|from|to|for|and|or|is|was)[ ])[a-z0-9][a-z'.-]{{1,20}}"
    rf"|[0-9]{{1,3}}(?:st|nd|rd|th))[ ]){{1,4}}?{_SUFFIX}(?:[ ]{_SUFFIX})?(?![a-z])\.?"
    rf"(?:[ ](?:n|s|e|w|ne|nw|se|sw|north|south|east"
    rf"|west)(?![a-z]))?{_UNIT}{_CITY}{_REGION}"
)
_BOX: Final = re.compile(rf"(?<![a-z])p\.?[ ]?o\.?[ ]?box[ ]?#?[0-9]{{1,6}}{_CITY}{_REGION}")
_RUE: Final = "(?:rue|avenue|boulevard|bd|allee|chemin|impasse|place|quai|cours|route)"
_CALLE: Final = (
    r"(?:calle|gran via|avenida|avda\.?|av\.|plaza|paseo|carrer|rua|travessa|praca|largo|via|viale|piazza|corso|vicolo"
    r"|c/)"
)
_STRASSE: Final = r"(?:strase|strasse|str\.|weg|gasse|platz|allee|straat|laan|gracht|plein|kade|dijk)"
_EUROPEAN: Final = re.compile(
    rf"(?<![a-z0-9])(?:[0-9]{{1,4}}(?:[ ]?(?:bis|ter))?,?[ ]{_RUE}[ ](?:de[ ]la[ ]|des[ ]|du[ ]|de[ ]|d'|l')?"
    r"[a-z'-]{2,20}(?:[ -][a-z'-]{2,20}){0,3}"
    rf"|{_CALLE}[ ](?:de[ ](?:la[ ]|los[ ])?|del[ ]|da[ ]|do[ ]|dos[ ]"
    r"|della[ ])?[a-z.'-]{2,20}(?:[ ][a-z.'-]{2,20}){0,3},?[ ](?:n(?:o|º|°|um)?\.?[ ]?)?[0-9]{1,5}[a-z]?"
    rf"|(?:[a-z-]{{2,20}}[ ]?){{1,2}}{_STRASSE}[ ][0-9]{{1,4}}[ ]?[a-z]?(?![0-9a-z])"
    r")(?:,?[ ](?:[0-9]{4,5}(?:-[0-9]{3})?(?:[ ][a-z]{2}(?![a-z]))?)[ ][a-z-]{3,20})?"
)
#: Words for street without which neither of the two is found.
_HAS_STREET: Final = PatternSet((f"[ ]{_SUFFIX}(?:[^a-z]|$)",))
_HAS_EUROPEAN: Final = PatternSet((f"[ ]{_RUE}[ ]|{_CALLE}[ ]|{_STRASSE}[ ][0-9]",))
_UK_POSTCODE: Final = re.compile(r"(?<![a-z0-9])[a-z]{1,2}[0-9][0-9a-z]?[ ][0-9][abd-hjlnp-uw-z]{2}(?![a-z0-9])")
_POSTCODE: Final = (
    r"(?:[0-9]{5}(?:-[0-9]{4})?|[A-Za-z][0-9][A-Za-z][ -]?[0-9][A-Za-z][0-9]"
    r"|[A-Za-z]{1,2}[0-9][0-9A-Za-z]?[ ][0-9][A-Za-z]{2}"
    r"|[1-9][0-9]{2}[ ]?[0-9]{3}|[0-9]{4})(?![0-9A-Za-z])"
)
_NAME: Final = r"[A-Z][a-z.'-]{1,20}"
_REGION_NAME: Final = (
    "(?:[A-Z]{2,3}|Ontario|Quebec|Alberta|Manitoba|Saskatchewan|Nova Scotia|New Brunswick|British Columbia|Victoria"
    "|Queensland"
    "|Tasmania|New South Wales|South Australia|Western Australia)(?![A-Za-z])"
)
_TOWNS: Final = rf"(?:,?[ ]{_NAME}(?:[ ]{_NAME}){{0,2}})?(?:,[ ]?{_NAME}(?:[ ]{_NAME}){{0,2}}){{0,3}}"
#: Behind a street, with capitals as names of towns have: towns, the region and the postcode, or without it an end.
_TOWN: Final = re.compile(
    rf"{_TOWNS}(?:,?[ ]{_REGION_NAME})?(?:,|[ ]-)?[ ]{_POSTCODE}"
    rf"|,[ ]?{_NAME}(?:[ ]{_NAME}){{0,2}}(?:,[ ]?{_NAME}(?:[ ]{_NAME}){{0,2}}){{0,2}}(?:,?[ ]{_REGION_NAME})?"
    r"(?=[.,;:!?)\n]|[ ]*(?![\s\S])|[ ](?:and|or|is|please|thanks|my|i)[ ])"
)
_HOUSE: Final = (
    "(?:Cottage|House|Farm|Lodge|Hall|Manor|Villas?|Barn|Mill|Court|Apartments?|Residency|Residence|Towers?|Heights"
    "|Bungalow"
    "|Croft|Rectory|Vicarage|Mansions?|Building|Society|Grange|Stables|Chapel|Enclave|Complex|Chambers|Wharf|Estate"
    "|Gardens)"
)
#: Before a street: "Flat 3, Beech House, ".
_BEFORE: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:Flat|Unit|Apt|Apartment|Suite|Room|Floor|Door|Plot|Shop|Block|Tower|flat|unit|apt)[ .]{0,2}"
    r"(?:No\.?[ ])?[A-Z]?-?[0-9]{1,4}[A-Za-z]?,[ ])?"
    rf"(?:(?:The[ ])?(?:{_NAME}[ ]){{1,3}}{_HOUSE},[ ]|The[ ]{_NAME}(?:[ ]{_NAME})?,[ ])?(?![\s\S])"
)
_BEFORE_REACH: Final = 70
_PIECE: Final = r"[A-Za-z0-9#./'()&-]{1,20}(?:[ ][A-Za-z0-9#./'()&-]{1,20}){0,4}"
#: Behind a word for an address: what is told between commas, to the postcode.
_CHAIN: Final = re.compile(
    r"(?:[ ]?(?:address|adresse|line|is|are|to|at|in|:|=|-|->|now)){0,4}[ :\n]{1,3}"
    rf"((?:{_PIECE},[ ]?){{1,7}}(?:{_NAME}[ ]?){{1,3}}(?:,?[ ]{_REGION_NAME})?(?:,|[ ]?-)?[ ]{_POSTCODE})"
)
#: A house with a name, a street or town, and a British or Canadian postcode.
_NAMED_HOUSE: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:The[ ])?(?:{_NAME}[ ]){{1,3}}{_HOUSE},[ ](?:(?:{_NAME}[ ]?){{1,3}},[ ]?){{0,3}}"
    rf"(?:{_NAME}[ ]?){{1,3}}"
    r"(?:,?[ ][A-Z]{2})?[ ](?:[A-Z]{1,2}[0-9][0-9A-Z]?[ ][0-9][A-Z]{2}"
    r"|[A-Z][0-9][A-Z][ -]?[0-9][A-Z][0-9])(?![A-Za-z0-9])"
)
_SENDS: Final = re.compile("deliver|ship|send|mail|post|livr|envoy|entreg|envi|liefer|bezorg|consegn|spedi|parcel|pick")
#: Beside such words one number in words is enough: "i live at twenty seven Beacon Street".
_HOME: Final = (
    "(?:^|[^a-z])(?:(?:i|we|he|she|they) lives? (?:at|on)|living at|(?:my|our|home|house|new|delivery) address"
    "|address is|moved to|(?:wohne|wohnen|wohnt) (?:in|an)|j'habite|vivo en|direccion|moro (?:na|no)|abito (?:in|a)"
    "|ik woon)(?:[^a-z]|$)|(?:[a-z]{3}th|first|second|third) of "
)
AT_HOME: Final = PatternSet((_HOME,))
_ARTICLE: Final = re.compile("(?:wohnhaft |wohne |wohnt )?(?:in |an |auf )?(?:der |die |das |dem |de |het |am |im )?")
_WORD: Final = words("address")


_HAS_HOUSE: Final = PatternSet((f"{_HOUSE.lower()},",))


def _is_spelled(scan: Scan, start: int) -> bool:
    """Whether the number was told in words."""
    first, last = scan.view.original(start, start + 1)
    return last - first > 1


def _whole(scan: Scan, match: re.Match[str]) -> tuple[int, int]:
    """The street with a house's name before it and town and postcode behind it."""
    article = _ARTICLE.match(scan.lower, match.start())
    start = article.end() if article else match.start()
    before = _BEFORE.search(scan.text, max(0, start - _BEFORE_REACH), start)
    town = _TOWN.match(scan.text, match.end())
    return before.start() if before and before.group() else start, town.end() if town else match.end()


class AddressDetector:
    """Postal addresses in one view."""

    id = "address"
    entities = ("ADDRESS",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Street lines and PO boxes, with what follows of town and postcode."""
        yield from self._streets(scan)
        for match in _BOX.finditer(scan.lower) if "box" in scan.lower else ():
            town = _TOWN.match(scan.text, match.end())
            yield scan.candidate("ADDRESS", match.start(), town.end() if town else match.end(), self.id, 0.65)
        for match in _NAMED_HOUSE.finditer(scan.text) if _HAS_HOUSE.any_in(scan.lower) else ():
            yield scan.candidate("ADDRESS", match.start(), match.end(), self.id, 0.72)
        yield from self._named(scan)

    def _streets(self, scan: Scan) -> Iterator[Candidate]:
        """Street lines."""
        for pattern, words_for in ((_STREET, _HAS_STREET), (_EUROPEAN, _HAS_EUROPEAN)):
            for match in pattern.finditer(scan.lower) if words_for.any_in(scan.lower) else ():
                if self._is_address(scan, match):
                    yield scan.candidate("ADDRESS", *_whole(scan, match), self.id, 0.7)

    def _named(self, scan: Scan) -> Iterator[Candidate]:
        """What a word for an address explains."""
        for word in scan.found(_WORD):
            chain = _CHAIN.match(scan.text, word.end(1))
            if chain:
                yield scan.candidate("ADDRESS", *chain.span(1), self.id, 0.75)
        for match in _UK_POSTCODE.finditer(scan.lower) if scan.has(_WORD) else ():
            if scan.word_before(_WORD, match.start()) and not self._is_delivery(scan, match.start()):
                yield scan.candidate("ADDRESS", match.start(), match.end(), self.id, 0.65)

    def _is_delivery(self, scan: Scan, start: int) -> bool:
        """Whether the nearest word before is one for sending: "do you deliver to SW1A 2AA" tells no address."""
        found = [word for word in scan.found(_WORD) if start - WORD_BEFORE <= word.start(1) < start]
        return bool(found) and _SENDS.match(found[-1].group(1)) is not None

    def _is_address(self, scan: Scan, match: re.Match[str]) -> bool:
        """Written with capitals as names of streets are, or after a word for an address."""
        written = scan.text[match.start() : match.end()]
        if _is_spelled(scan, match.start()):
            # "Seven Sisters Road" has no number.
            return scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
        if written.startswith("via "):
            return scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
        names = re.findall(r"[^\W\d_]{3,}", written)
        capitals = sum(name[0].isupper() for name in names)
        if names and capitals * 2 >= len(names) and not scan.negative_before(match.start(), 12):
            return True
        return scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
