"""The rules that a password can be held to by itself: pure, and the same in the page's script.

NIST SP 800-63B asks for length, a list of stolen passwords and no rules of composition; PCI DSS 8.3.6 asks for a
letter and a digit, so those are asked for in PCI mode alone.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from tenants.passwords.folding import first_word_in, plain

MAX_LENGTH: Final = 128
# A password that goes on as one expects has fewer fresh characters than this: `aaaaaaaaaaaa`, `abcdef123456`.
MIN_FRESH: Final = 6
_ROWS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
_STEPS: Final = frozenset(pair for row in _ROWS for there in (row, row[::-1]) for pair in pairwise(there))


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a new password. `history`: how many before it, the present one included, it must differ from."""

    length: int = 12
    needs_letter_and_digit: bool = False
    history: int = 4


@dataclass(frozen=True, slots=True)
class Unmet:
    """A rule that a password does not meet, in words for its owner. The words may hold one of their own words."""

    code: str
    text: str


def unmet(password: str, rules: Rules, words: Iterable[str] = ()) -> list[Unmet]:
    """Return which rules a password does not meet, the plainest first.

    Args:
        password: In the normal form it is kept in (`tenants.models.user.normal_password`). Length is in code points.
        rules: What is asked.
        words: Names of its owner and of their organisations (`folding.words_of`).
    """
    if len(password) > MAX_LENGTH:
        # Nothing is cut off, and nothing else is said of a text that nobody types.
        return [Unmet("too_long", f"At most {MAX_LENGTH} characters; this has {len(password)}.")]
    found = []
    if (missing := rules.length - len(password)) > 0:
        found.append(Unmet("too_short", f"At least {rules.length} characters; {missing} more."))
    if rules.needs_letter_and_digit and not _has_letter_and_digit(password):
        found.append(Unmet("composition", "At least one letter and one digit."))
    if missing <= 0 and is_predictable(password, rules.length):
        found.append(Unmet("predictable", "Not digits alone, and nothing that repeats itself or follows the keyboard."))
    if (word := first_word_in(password, words)) is not None:
        found.append(Unmet("names", f"Without your name, your address or your organisation: leave out “{word}”."))
    return found


def is_predictable(password: str, length: int) -> bool:
    """Whether a password goes on as one expects: digits alone, a short text again and again, steps along a keyboard."""
    small = plain(password)
    size = len(small)
    period = next((each for each in range(1, size // 2 + 1) if small[each:] == small[:-each]), size)
    steps = pairwise("\0" + small[:period])
    fresh = sum(before != here and (before, here) not in _STEPS for before, here in steps)
    return password.isdecimal() or fresh < MIN_FRESH or period < min(size, length)


def _has_letter_and_digit(password: str) -> bool:
    kinds = {unicodedata.category(sign)[0] for sign in password}
    return "L" in kinds and any(sign.isdecimal() for sign in password)
