"""Short replies that only the question before them explains: "hunter2", "it's Sunflower", "oh but its 2531".

What such a reply is can't be told from itself, so the posting path, which otherwise looks at no other
message, must look at those before it. Nearly every text is told apart from them by its length.
"""

import re
from typing import Final

from compliance.masking.lexicon import alternation, rulebook

#: A longer text is no mere reply.
_LONGEST: Final = 80
_TOKEN: Final = re.compile(r"\S+")
_MARKS: Final = "\"'`\u201c\u201d\u2018\u2019«»()[]<>"
_TRAILING: Final = _MARKS + ".,;:!?"
_SHORTEST: Final = 6
_LONGEST_SECRET: Final = 64
_MOST_TOKENS: Final = 6
_EVERYDAY: Final = frozenset(
    word
    for name in ("everyday_replies", "filler", "connectors", "not_secret", "no_answer")
    for word in rulebook()[name]
)
#: Three digits close together.
_NUMBER: Final = re.compile(r"\d(?:[^\w\n]{0,3}\d){2}")
_TIME_OR_PRICE: Final = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)|(?<![\d.,])\d{1,6}[.,]\d\d(?![\d.,])")
_MOST_STRANGE: Final = 3
_WORD: Final = re.compile("[^\\W\\d_]+(?:'[a-z]+)?")
_OTHER: Final = re.compile(f"[$€£%]|(?<![a-z]){alternation('negative')}(?![a-z])")


def secret_reply(text: str) -> tuple[int, int] | None:
    """Where the one unusual word is in a reply that is little else: "try Tr0ub4dor", "sunflower", but not "thanks"."""
    if len(text) > _LONGEST:
        return None
    found = None
    for count, match in enumerate(_TOKEN.finditer(text)):
        if count >= _MOST_TOKENS:
            return None
        bare = match.group().strip(_TRAILING).lower().replace("\u2019", "'")
        if not bare or bare in _EVERYDAY:
            continue
        if found is not None:
            return None
        found = _span(match)
    if found is None or (text.rstrip().endswith("?") and found[0] > 0):
        return None
    return found if _may_be_secret(text[slice(*found)]) else None


def _span(match: re.Match[str]) -> tuple[int, int]:
    """The word without quotation marks, and without a full stop behind it; "Tractor77!" may well end so."""
    word = match.group()
    left = len(word) - len(word.lstrip(_MARKS))
    mixed = any(not char.isalpha() for char in word.strip(_TRAILING))
    right = len(word.rstrip(_MARKS + ".,;:" if mixed else _TRAILING))
    return match.start() + left, match.start() + max(left, right)


def _may_be_secret(word: str) -> bool:
    if not _SHORTEST <= len(word) <= _LONGEST_SECRET:
        return False
    # A number alone is of another kind, and an address or a link is none.
    return any(char.isalpha() for char in word) and "://" not in word and not word.startswith(("@", "www."))


def may_be_reply(text: str) -> bool:
    """Whether a text is a number with few words that say nothing else of it: "oh but its 2531 if u need it"."""
    if len(text) > _LONGEST or _NUMBER.search(text) is None or _TIME_OR_PRICE.search(text):
        return False
    lower = text.lower()
    strange = [word for word in _WORD.findall(lower) if word not in _EVERYDAY]
    return len(strange) <= _MOST_STRANGE and _OTHER.search(lower) is None
