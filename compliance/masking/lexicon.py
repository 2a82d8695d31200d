"""The words that make a number mean something, and how they are looked for.

Words are regular expression fragments over folded lower-case text, the same in Python, RE2 and
JavaScript: no `\\b`, `\\w`, `\\s`, `\\d`, no look-around, no inline flags.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final


@cache
def rulebook() -> dict[str, Any]:
    """The contents of rules.json."""
    text = files("compliance.masking").joinpath("rules.json").read_text(encoding="utf-8")
    book: dict[str, Any] = json.loads(text)
    return book


@cache
def alternation(*names: str) -> str:
    """The fragments of the named word lists as one group, longest first."""
    fragments = {word for name in names for word in rulebook()["lexicon"][name]}
    return "(?:" + "|".join(sorted(fragments, key=lambda word: (-len(word), word))) + ")"


@cache
def words(*names: str) -> re.Pattern[str]:
    """A pattern for any of the named words, standing alone or directly before a digit.

    The word is group 1.
    """
    return re.compile(f"(?<![a-z])({alternation(*names)})(?![a-z])")


@cache
def gate(*names: str) -> str:
    """The same for RE2, which has no look-around."""
    return f"(?:^|[^a-z]){alternation(*names)}(?:[^a-z]|$)"


def is_plain(char: str) -> bool:
    """An ASCII letter or digit. Letters of scripts without spaces may stand beside a number."""
    return char.isascii() and char.isalnum()


def last_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Where the last word found in `text[start:end]` ends, or -1."""
    found = -1
    for match in pattern.finditer(text, start, end):
        found = match.end(1)
    return found


#: Between a value and the word behind it: "123 is my cvv".
LINK: Final = re.compile(
    r"[ \t\n,;:()='\"<>=\u2190\u2192*_-]{0,4}"
    r"(?:(?:is|was|are|for|as|being|would be|an?|new|old|safe|good|right|correct|wrong"
    r"|current|secure|valid|atm|bank|debit|es|est|ist|e|sono|the|my|our|his|her|their|a|mi|el|la|"
    r"mon|ma|le|meine?|der|die|das|mein|meu|minha|o|il|mio|mia|het|mijn|de|card|that's|thats|it's|what's|what|says|said|written|printed|shown|stands|be|there|in|into|where|it|goes|went|under)"
    r"[ \t\n,:('\"]{1,3}){0,3}"
)
