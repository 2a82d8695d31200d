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
from compliance.masking.scan import Scan

_SUFFIX: Final = (
    "(?:street|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|place|pl|square|sq|terrace|ter|"
    "way|circle|cir|parkway|pkwy|highway|hwy|close|crescent|cres|gardens|gdns|grove|mews|row|alley|trail|trl|loop|"
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
    rf"|[0-9]{{1,3}}(?:st|nd|rd|th))[ ]){{1,4}}?{_SUFFIX}(?![a-z])\.?(?:[ ](?:n|s|e|w|ne|nw|se|sw|north|south|east"
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
#: Behind a street, with capitals as names of towns have.
_TOWN: Final = re.compile(
    r",[ ]?[A-Z][a-z'.-]{2,20}(?:[ ][A-Z][a-z'.-]{2,20}){0,2}(?:,?[ ][A-Z]{2}(?![A-Za-z]))?"
    r"(?:,?[ ][0-9]{5}(?:-[0-9]{4})?)?"
    r"(?=[.,;:!?)\n]|[ ]*(?![\s\S])|[ ](?:and|or|is|please|thanks|my|i)[ ])"
)
_ARTICLE: Final = re.compile("(?:wohnhaft |wohne |wohnt )?(?:in |an |auf )?(?:der |die |das |dem |de |het |am |im )?")
_WORD: Final = words("address")


class AddressDetector:
    """Postal addresses in one view."""

    id = "address"
    entities = ("ADDRESS",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Street lines and PO boxes, with what follows of town and postcode."""
        for pattern, words_for in ((_STREET, _HAS_STREET), (_EUROPEAN, _HAS_EUROPEAN)):
            for match in pattern.finditer(scan.lower) if words_for.any_in(scan.lower) else ():
                if self._is_address(scan, match):
                    article = _ARTICLE.match(scan.lower, match.start())
                    start = article.end() if article else match.start()
                    town = _TOWN.match(scan.text, match.end())
                    end = town.end() if town else match.end()
                    yield scan.candidate("ADDRESS", start, end, self.id, 0.7)
        for match in _BOX.finditer(scan.lower) if "box" in scan.lower else ():
            yield scan.candidate("ADDRESS", match.start(), match.end(), self.id, 0.65)
        for match in _UK_POSTCODE.finditer(scan.lower) if scan.has(_WORD) else ():
            if scan.word_before(_WORD, match.start()):
                yield scan.candidate("ADDRESS", match.start(), match.end(), self.id, 0.65)

    def _is_address(self, scan: Scan, match: re.Match[str]) -> bool:
        """Written with capitals as names of streets are, or after a word for an address."""
        written = scan.text[match.start() : match.end()]
        if written.startswith("via "):
            return scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
        names = re.findall(r"[^\W\d_]{3,}", written)
        capitals = sum(name[0].isupper() for name in names)
        if names and capitals * 2 >= len(names) and not scan.negative_before(match.start(), 12):
            return True
        return scan.word_before(_WORD, match.start()) or scan.was_asked(_WORD)
