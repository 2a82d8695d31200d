"""What is kept of a text to improve the rules by: its shape, and words of our own list; never a value.

Digits become 9, letters a or A, whatever the script; a word stays only if it stands in the lexicon of rules.json, so
nothing can come through that was not in the product before.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from compliance.masking.fold import fold
from compliance.masking.lexicon import rulebook
from compliance.masking.placeholders import PLACEHOLDER

AROUND: Final = 60
MAX_VALUE: Final = 120
_LITERAL: Final = re.compile("[a-z]{3,}")
_WORD: Final = re.compile(r"[^\W\d_]+")
_MARKS: Final = frozenset("PS")


@dataclass(frozen=True, slots=True)
class KeptShape:
    """A span and what stands around it, as shapes, and the words of the lexicon near it."""

    before: str
    value: str
    after: str
    words: tuple[str, ...]


def shape_of(text: str) -> str:
    """Return the text with digits as 9, letters as a or A, spaces as they are; signs stay, all else is `?`."""
    return "".join(_shape_of(char) for char in text)


def kept_of(text: str, start: int, end: int) -> KeptShape:
    """Return what is kept of a span, in code points of the text. A long one is cut.

    The words of the lexicon stay readable before and after it, never inside; so do placeholders.
    """
    first, last = _whole(text, max(0, start - AROUND), end + AROUND)
    before, words_before = _context(text[first:start])
    after, words_after = _context(text[end:last])
    value = shape_of(text[start : min(end, start + MAX_VALUE)])
    return KeptShape(before, value, after, tuple(dict.fromkeys((*words_before, *words_after))))


def _whole(text: str, first: int, last: int) -> tuple[int, int]:
    """The stretch, with a placeholder at its edge taken whole."""
    for match in PLACEHOLDER.finditer(text):
        if match.start() < first < match.end():
            first = match.start()
        if match.start() < last < match.end():
            last = match.end()
    return first, last


def _context(text: str) -> tuple[str, list[str]]:
    """The shape of what surrounds a span, with the words we know."""
    pieces: list[str] = []
    known: list[str] = []
    at = 0
    for hidden in (*PLACEHOLDER.finditer(text), None):
        stretch = text[at : hidden.start() if hidden else len(text)]
        done = 0
        for match in _WORD.finditer(stretch):
            word = fold(match.group()).text.lower()
            if word in _vocabulary():
                pieces += [shape_of(stretch[done : match.start()]), word]
                known.append(word)
                done = match.end()
        pieces.append(shape_of(stretch[done:]))
        if hidden is not None:
            # Of a card's placeholder the last four go too.
            pieces.append(f"[{hidden.group()[1:-1].split()[0].strip(':')}]")
            at = hidden.end()
    return "".join(pieces), known


@cache
def _vocabulary() -> frozenset[str]:
    """The plain words in the fragments of the lexicon, in the singular too."""
    book = rulebook()["lexicon"]
    found = {word for fragments in book.values() for fragment in fragments for word in _LITERAL.findall(fragment)}
    return frozenset(found | {word.removesuffix("s") for word in found if len(word) > 3})


def _shape_of(char: str) -> str:
    category = unicodedata.category(char)
    if category[0] == "L":
        return "A" if category == "Lu" else "a"
    if category[0] == "N":
        return "9"
    if char.isspace():
        return " "
    return char if char.isascii() and category[0] in _MARKS else "?"
