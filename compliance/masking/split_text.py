"""A value of letters and digits sent in parts: "C01X", then "00T47"; "john.doe", then "@example.com".

The messages are read as one, and what is found must reach over all of them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from compliance.masking.engine import mask
from compliance.masking.entities import CARD_CLASS, ENTITIES
from compliance.masking.findings import Context
from compliance.masking.fold import fold
from compliance.masking.lexicon import rulebook
from compliance.masking.policy import MaskingPolicy

_JOINABLE: Final = frozenset(ENTITIES) - (CARD_CLASS - {"PIN", "CVV"}) - {"ADDRESS", "NAME", "IP", "SECRET"}
#: Of digits alone only what a word has named: "239", "761", "4092" may be the beginning of a card.
_ALWAYS_NAMED: Final = frozenset(
    {"PIN", "CVV", "DOB", "MRN", "HEALTHPLAN", "PASSPORT", "DRIVERLICENSE", "BANKACCT", "EIN"}
)
#: The later parts: nothing but a piece of a value.
_TAIL: Final = re.compile(r"[ ]*[-/]?(@?[0-9a-z][0-9a-z@./_-]{0,31}(?:[ ][0-9a-z@./_-]{1,12}){0,2})[ .,!]*(?![\s\S])")
_DOMAIN: Final = re.compile(r"[ ]*(@[a-z0-9-]{1,32}(?:\.[a-z0-9-]{2,24}){1,3})(?![a-z0-9.-])")
_WORD: Final = re.compile("[a-z]{4,}")
#: A word at either end.
_BEFORE: Final = re.compile("[ ]*([a-z']{2,12})[ ,.:!-]{1,3}")
_BEHIND: Final = re.compile(r"[ ,.!-]{1,3}([a-z']{2,12})[ .,!]*$")
_FAMILIAR: Final = (
    frozenset(rulebook()["connectors"]) | frozenset(rulebook()["filler"]) | frozenset(rulebook()["slips"])
)
_MAX_LENGTH: Final = 160
_MOST_EARLIER: Final = 3
_LEAST_OF_FIRST: Final = 1


@dataclass(frozen=True, slots=True)
class TextPart:
    """What one message contributes, in its own offsets; the new message has index -1."""

    index: int
    start: int
    end: int


def tail_of(text: str) -> tuple[int, int] | None:
    """Where the piece of a value is in a text that is nothing else, or None."""
    if len(text) > 40:
        return None
    folded = fold(text).text
    if len(folded) != len(text):
        return None
    domain = _DOMAIN.match(folded.lower())
    if domain:
        return domain.span(1)
    lower = folded.lower()
    low, high = _without_words(lower)
    match = _TAIL.match(lower[:high], low)
    if match is None:
        return None
    piece = match[1]
    if piece.startswith("@"):
        return match.span(1)
    return match.span(1) if any(map(str.isdigit, piece)) and not _WORD.search(piece) else None


def _without_words(lower: str) -> tuple[int, int]:
    """Where the text is without words that people put before or behind a part: "oops 19 86 B", "18-35 sorry"."""
    low, high = 0, len(lower)
    while (before := _BEFORE.match(lower, low)) and before[1] in _FAMILIAR:
        low = before.end()
    while (behind := _BEHIND.search(lower, low, high)) and behind[1] in _FAMILIAR:
        high = behind.start()
    return low, high


def join_text(text: str, policy: MaskingPolicy, context: Context) -> tuple[str, list[TextPart]] | None:
    """The entity and the parts, oldest first, the new one last; or None."""
    tail = tail_of(text)
    if tail is None:
        return None
    parts = [TextPart(-1, *tail)]
    pieces = [text[slice(*tail)]]
    own = [index for index, message in enumerate(context.previous) if message.by == context.by]
    for index in reversed(own[-_MOST_EARLIER:]):
        earlier = context.previous[index].text.rstrip()
        if len(earlier) > _MAX_LENGTH or not earlier or not (earlier[-1].isalnum() or earlier[-1] in "-/"):
            return None
        before = Context(context.by, context.previous[:index])
        for found in _found(earlier, pieces, policy, before):
            return found[0], [TextPart(index, found[1], len(earlier)), *parts]
        piece = tail_of(earlier)
        if piece is None:
            return None
        parts.insert(0, TextPart(index, *piece))
        pieces.insert(0, earlier[slice(*piece)])
    return None


def _found(first: str, pieces: list[str], policy: MaskingPolicy, before: Context) -> Iterator[tuple[str, int]]:
    """What reaches from within the first message to the end of the last: entity and start."""
    for separator in ("", " ", "-"):
        whole = separator.join([first, *pieces])
        for finding in mask(whole, policy, before).findings:
            reaches = finding.end == len(whole) and finding.start <= len(first) - _LEAST_OF_FIRST
            value = whole[finding.start : finding.end]
            named = finding.entity in _ALWAYS_NAMED or any(map(str.isalpha, value))
            if reaches and named and finding.entity in _JOINABLE:
                yield finding.entity, finding.start
