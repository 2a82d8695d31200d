"""A view in which words that name a kind of number are spelled right: "socal securty" reads "social security".

One letter too many, too few, wrong, or two swapped; the first letter must be right or missing; or the word
letter by letter ("c p f"). Words that are words of their own ("berth", "routine") stay. Nothing of the text is kept.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.fold import View, ViewBuilder
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import one_of, rulebook

_SHORTEST: Final = 5
_LONGEST: Final = 18
_TOKEN: Final = re.compile(rf"(?<![a-z])[a-z]{{{_SHORTEST - 1},{_LONGEST}}}(?![a-z])")
#: Signs for letters: "c@rd", "p1n", "s3curity".
_SIGNS: Final = str.maketrans("@013$5!|47", "aoiessilat")
_DISGUISED: Final = re.compile(r"(?<![a-z0-9@$!|])[a-z@$!|013457]{3,18}(?![a-z0-9@$|])")
#: A word letter by letter.
_APART: Final = re.compile(r"(?<![a-z0-9])[a-z](?:([ ._*/-])[a-z](?![a-z0-9])){2,11}")
_DISGUISED_WORDS: Final = frozenset(rulebook()["often_disguised"])
_RIGHT: Final = frozenset(rulebook()["often_misspelt"])
_OWN_WORDS: Final = frozenset(rulebook()["not_misspelt"])
#: Words for a number that are wrong in one place are found by what both have left without it.
_BY_DELETION: Final[dict[str, tuple[str, ...]]] = {}

#: Whether the view is worth making: two digits close together, in RE2.
GATE: Final = "[0-9][^a-z0-9]{0,3}[0-9]"


def _deletions(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]


for _word in sorted(_RIGHT):
    for _left in set(_deletions(_word)):
        _BY_DELETION[_left] = (*_BY_DELETION.get(_left, ()), _word)


def _near(word: str) -> Iterator[str]:
    """What `corrected_word` may take for a word; a star stands for any letter."""
    yield word[1:]
    for index in range(1, len(word)):
        before, after = word[:index], word[index:]
        yield from (before + after[1:], before + "*" + after[1:], before + "*" + after)
        yield before + after[1:2] + after[0] + after[2:]
    yield word + "*"


_ANY_NEAR: Final = one_of(way for word in sorted(_RIGHT) for way in _near(word)).replace("*", "[a-z]")
#: Words that may be misspelt, signs beside letters, and letters apart: most texts have none of it.
_SLIPS: Final = PatternSet(
    (
        f"(?:^|[^a-z]){_ANY_NEAR}(?:[^a-z]|$)",
        "[a-z][@$!|013457]|[@$!|013457][a-z]",
        "(?:^|[^a-z0-9])[a-z][ ._*/-][a-z][ ._*/-][a-z](?:[^a-z0-9]|$)",
    )
)
_WORDS, _LETTER_SIGNS, _LETTERS_APART = range(3)


def corrected_word(token: str) -> str | None:
    """The word meant, or None if the token is right or no such word."""
    if token in _RIGHT or token in _OWN_WORDS:
        return None
    if token.endswith("s") and token[:-1] in _RIGHT:
        return None
    lefts = [token, *[token[:index] + token[index + 1 :] for index in range(len(token))]]
    if _BY_DELETION.keys().isdisjoint(lefts):
        return None
    near = (word for left in lefts for word in _BY_DELETION.get(left, ()) if _is_near(token, word))
    return next(near, None)


def _is_near(token: str, word: str) -> bool:
    """Whether one slip of the finger lies between the two."""
    if len(token) != len(word):
        longer, shorter = (token, word) if len(token) > len(word) else (word, token)
        begins_right = token[0] == word[0] or word[1:] == token
        return len(longer) - len(shorter) == 1 and begins_right and shorter in _deletions(longer)
    wrong = [index for index in range(len(word)) if token[index] != word[index]]
    if token[0] != word[0] or len(wrong) > 2:
        return False
    if len(wrong) == 1:
        return True
    first, second = wrong
    return second == first + 1 and token[first] == word[second] and token[second] == word[first]


def _undisguised(token: str) -> str | None:
    """The word for a number that is written with signs for letters, or None."""
    if token.isalpha() or not any(map(str.isalpha, token)):
        return None
    word = token.translate(_SIGNS)
    return word if word in _RIGHT or word in _DISGUISED_WORDS else None


def _glued(lower: str) -> Iterator[tuple[int, int, str]]:
    """ "c p f", "D.O.B", "p a s s w o r d"."""
    for match in _APART.finditer(lower):
        word = "".join(char for char in match.group() if char.isalpha())
        if word in _RIGHT or word in _DISGUISED_WORDS:
            yield match.start(), match.end(), word


def _meant(tokens: set[str]) -> dict[str, str]:
    """The words meant by those that are not spelled right."""
    return {token: word for token in tokens if (word := corrected_word(token))}


def _corrections(lower: str) -> Iterator[tuple[int, int, str]]:
    fired = _SLIPS.fired(lower)
    found: list[tuple[int, int, str]] = []
    if _WORDS in fired:
        tokens = list(_TOKEN.finditer(lower))
        meant = _meant({match.group() for match in tokens})
        found += [(match.start(), match.end(), meant[match.group()]) for match in tokens if match.group() in meant]
    if _LETTER_SIGNS in fired:
        found += [
            (match.start(), match.end(), right)
            for match in _DISGUISED.finditer(lower)
            if (right := _undisguised(match.group()))
        ]
    if _LETTERS_APART in fired:
        found += _glued(lower)
    return iter(sorted(found))


def corrected(lower: str) -> str:
    """A lower-case text with such words spelled right; offsets move."""
    meant = _meant(set(_TOKEN.findall(lower))) if _WORDS in _SLIPS.fired(lower) else {}
    return _TOKEN.sub(lambda match: meant.get(match.group(), match.group()), lower) if meant else lower


def misspelt_view(base: View) -> View | None:
    """The view with such words spelled right, or None if all are."""
    found = list(_corrections(base.text.lower()))
    if not found:
        return None
    builder = ViewBuilder(base)
    for start, end, right in found:
        if start >= builder.at:
            builder.keep(start)
            builder.put(right, start, end)
    builder.keep(len(base.text))
    return builder.view()
