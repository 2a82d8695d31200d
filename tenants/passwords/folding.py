"""Passwords and words brought to one form, so that `0l1v3` and `Olive` are the same word.

The page's script does the same (`static/tenants/password.js`); `tests/tenants/passwords/vectors.json` holds both to it.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

# Look-alikes of one letter become one sign: `i`, `l`, `1`, `!` and `|` are one, so that either reading is found.
ALIKE: Final = str.maketrans("l1!|0@435$7+8962", "iiiioaaessttbggz")
MIN_WORD: Final = 3
_PARTS: Final = re.compile(r"[^a-z]+")
OUR_NAME: Final = "hushdesk"


def plain(text: str) -> str:
    """Return a text in small letters without their marks."""
    apart = unicodedata.normalize("NFKD", text).lower()
    return "".join(letter for letter in apart if unicodedata.category(letter)[0] != "M")


def folded(text: str) -> str:
    """Return a text in small letters without marks, each look-alike as the letter it stands for."""
    return plain(text).translate(ALIKE)


def words_of(*texts: str) -> frozenset[str]:
    """Return what must not be in a password that belongs to whoever these texts name.

    Of names, addresses and organisations' names: each part of three letters or more, and each text as one word. Of the
    domain of an address its last part (`com`) says nothing.
    """
    words: set[str] = set()
    for text in texts:
        local, at, domain = plain(text).rpartition("@")
        for piece in (local, domain.rpartition(".")[0]) if at else (domain,):
            parts = [part for part in _PARTS.split(piece) if part]
            words.update(part for part in [*parts, "".join(parts)] if len(part) >= MIN_WORD)
    return frozenset(words)


def first_word_in(password: str, words: Iterable[str]) -> str | None:
    """Return a word that a password holds: forwards, backwards, with digits for letters, or with signs in between.

    A word of three letters counts only where it stands alone: `ada` is not in `adapter`.
    """
    form = folded(password)
    letters = re.sub(r"[^a-z]", "", form)
    alone = set(re.split(r"[^a-z]+", form))
    for word in sorted(words, key=lambda each: (-len(each), each)):
        sought = folded(word)
        for way in (sought, sought[::-1]):
            if way in alone or (len(way) > MIN_WORD and (way in form or way in letters)):
                return word
    return None
