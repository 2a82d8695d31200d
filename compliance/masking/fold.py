# ruff: noqa: RUF001  letters that look alike are the point
"""Fold a text to what a reader sees: plain digits, plain letters, plain dashes and spaces.

Per code point and never more than one character out, so that every offset maps back. Full-string
normalisation would move characters around. ASCII text is returned as it is.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

#: Stands for a placeholder already in the text. Nothing matches it.
BARRIER: Final = "\ue000"

_DROPPED_CATEGORIES: Final = frozenset({"Cf", "Mn", "Me"})
_DROPPED: Final = frozenset("\u034f\u115f\u1160\u3164\uffa0")
SPECIAL: Final = {
    "\u2028": "\n",
    "\u2029": "\n",
    "\u0085": "\n",
    "\u2800": " ",
    "\u2212": "-",
    "\u2043": "-",
    "\u02d7": "-",
    "\u30fc": "-",
    "\u2019": "'",
    "\u2018": "'",
    "\u00df": "s",
    "\u00f8": "o",
    "\u00d8": "O",
    "\u0142": "l",
    "\u0141": "L",
    "\u0111": "d",
    "\u0131": "i",
    **dict(zip("\u3007零一二三四五六七八九", "00123456789", strict=True)),
    **dict(zip("零壹贰叁肆伍陆柒捌玖貳參陸", "0123456789236", strict=True)),
    # Letters of other scripts that look like Latin ones.
    **dict(
        zip(
            "АВЕКМНОРСТУХЅІЈаеорсухѕіј",
            "ABEKMHOPCTYXSIJaeopcyxsij",
            strict=True,
        )
    ),
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοι", "ABEZHIKMNOPTYXoi", strict=True)),
}


def _digit(char: str, category: str) -> str | None:
    if category == "Nd":
        return str(unicodedata.decimal(char))
    value = unicodedata.digit(char, None) if category == "No" else None
    return None if value is None else str(value)


def _latin(char: str) -> str:
    """The ASCII letter or sign under accents, width or mathematical style, if there is one."""
    bare = [c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) != "Mn"]
    return bare[0] if len(bare) == 1 and bare[0].isascii() else char


def fold_char(char: str) -> str:
    """What one character counts as: itself, another single character, or nothing."""
    if char.isascii():
        return char
    if char in SPECIAL:
        return SPECIAL[char]
    category = unicodedata.category(char)
    if category in _DROPPED_CATEGORIES or char in _DROPPED:
        return ""
    by_category = {"Zs": " ", "Pd": "-", "Cs": "\ufffd"}.get(category)
    return by_category or _digit(char, category) or _latin(char)


class _Memo(dict[str, str]):
    """Folded characters seen so far, at most the code points there are."""

    def __missing__(self, char: str) -> str:
        folded = self[char] = fold_char(char)
        return folded


_FOLDED: Final = _Memo()
#: What may have to be folded.
_FOREIGN: Final = re.compile(f"[^\x00-\x7f{BARRIER}]")


@dataclass(frozen=True, slots=True)
class View:
    """A text as the detectors read it, with the way back.

    `starts[i]` and `ends[i]` are the original offsets of character i; None means the same.
    """

    text: str
    starts: list[int] | None = None
    ends: list[int] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The original span of `[start, end)`, with dropped characters behind it."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def fold(text: str) -> View:
    """The folded view of `text`. Linear; identity for ASCII."""
    if text.isascii() or not _FOREIGN.search(text):
        return View(text)
    pieces = [_FOLDED[char] for char in text]
    folded = "".join(pieces)
    if len(folded) == len(text):
        return View(folded)
    starts = [index for index, piece in enumerate(pieces) if piece]
    ends = [*starts[1:], len(text)]
    return View(folded, starts, ends)


class ViewBuilder:
    """The view while it is made."""

    def __init__(self, base: View) -> None:
        self._base = base
        self._chars: list[str] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        #: Up to where the text has been dealt with.
        self.at = 0

    def keep(self, until: int) -> None:
        """The text as it is."""
        at = self.at
        if until <= at:
            return
        base = self._base
        self._chars.append(base.text[at:until])
        self._starts.extend(range(at, until) if base.starts is None else base.starts[at:until])
        self._ends.extend(range(at + 1, until + 1) if base.ends is None else base.ends[at:until])
        self.at = until

    def put(self, chars: str, start: int, end: int) -> None:
        """Something that stands for the text from `start` to `end`."""
        first, last = self._base.original(start, end)
        self._chars.append(chars)
        if len(chars) == 1:
            self._starts.append(first)
            self._ends.append(last)
        else:
            self._starts.extend([first] * len(chars))
            self._ends.extend([last] * len(chars))
        self.at = end

    def view(self) -> View:
        """What has been made."""
        return View("".join(self._chars), self._starts, self._ends)
