"""An IBAN sent in parts: "my iban is DE52 6701 8316", then "5868 9236 76".

The first part ends a message and begins with a country; the others are letters and digits only,
behind words as people put between halves. Joined, the whole must have its country's length and pass
its check.
"""

import re
from dataclasses import dataclass
from typing import Final

from compliance.masking.findings import Context
from compliance.masking.fold import View, fold
from compliance.masking.iban import LENGTHS, is_valid_iban
from compliance.masking.lexicon import rulebook
from compliance.masking.parts import MARKER
from compliance.masking.placeholders import without_placeholders

_MAX_LENGTH: Final = 160
_CONNECTORS: Final = frozenset(rulebook()["connectors"]) | frozenset(rulebook()["filler"])
_CHUNK: Final = r"(?:[ .-]{0,2}[0-9a-z])"
_HEAD: Final = re.compile(rf"(?<![0-9a-z])([a-z]{{2}}[ .-]?[0-9]{{2}}{_CHUNK}{{0,28}})[^0-9a-z\ue000]{{0,3}}$")
_PIECE: Final = re.compile(rf"[^0-9a-z\ue000]{{0,3}}([0-9a-z]{_CHUNK}{{1,30}})[^0-9a-z\ue000]{{0,3}}$")
_WORD: Final = re.compile(r"[^0-9a-z\ue000]{0,3}([a-z']{1,12})[ :,.-]{1,3}")
_MIN_DIGITS: Final = 2
_BANK_LETTERS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class IbanPart:
    """What one message contributes: where, and the letters and digits."""

    index: int
    view: View
    start: int
    end: int
    compact: str


def _part(index: int, view: View, match: re.Match[str]) -> IbanPart:
    compact = "".join(char for char in match.group(1) if char.isalnum())
    return IbanPart(index, view, match.start(1), match.end(1), compact)


def _read(text: str) -> tuple[View, str] | None:
    if len(text) > _MAX_LENGTH:
        return None
    view = fold(without_placeholders(text))
    return view, view.text.lower()


def _piece(index: int, text: str) -> IbanPart | None:
    """A message that is a later part and nothing else."""
    read = _read(text)
    if read is None:
        return None
    view, lower = read
    marker = MARKER.match(lower)
    at = marker.end() if marker else 0
    while (word := _WORD.match(lower, at)) and word.group(1) in _CONNECTORS:
        at = word.end()
    match = _PIECE.match(lower, at)
    if match is None:
        return None
    digits = sum(char.isdigit() for char in match.group(1))
    # "NL91", "ABNA", "0417": the bank's letters may stand alone.
    is_bank = not digits and len(match.group(1)) == _BANK_LETTERS and match.group(1) not in _CONNECTORS
    if digits < _MIN_DIGITS and not is_bank:
        return None
    return _part(index, view, match)


def _head(index: int, text: str) -> IbanPart | None:
    """The beginning of an IBAN at the end of a message."""
    read = _read(text)
    match = _HEAD.search(read[1]) if read else None
    if read is None or match is None:
        return None
    part = _part(index, read[0], match)
    return part if len(part.compact) < LENGTHS.get(part.compact[:2], 0) else None


def join_iban(text: str, context: Context, most: int) -> tuple[list[IbanPart], str] | None:
    """The parts, the new message's last with index -1, and the whole number; or None."""
    last = _piece(-1, text)
    if last is None:
        return None
    parts = [last]
    own = [index for index, message in enumerate(context.previous) if message.by == context.by]
    for index in reversed(own[-(most - 1) :]):
        earlier = context.previous[index].text
        head = _head(index, earlier)
        if head is not None:
            number = head.compact + "".join(part.compact for part in parts)
            if len(number) == LENGTHS[number[:2]] and is_valid_iban(number):
                return [head, *parts], number
        piece = _piece(index, earlier)
        if piece is not None:
            parts.insert(0, piece)
        elif any(map(str.isdigit, earlier)):
            return None
    return None
