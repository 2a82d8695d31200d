"""What tells in a microsecond that no word is misspelt in a text is never wrong about it."""

import random

from compliance.masking import misspelt
from tests.bench.corpus import generate


def slips(word, rng):
    """The word with one letter too many, too few, wrong, or two swapped."""
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    for index in range(len(word) + 1):
        before, after = word[:index], word[index:]
        yield from (before + letter + after, before + after[1:], before + letter + after[1:])
        yield before + after[1:2] + after[:1] + after[2:]


def test_a_word_that_is_corrected_is_never_let_go():
    rng = random.Random(5)
    written = {slip for word in misspelt._RIGHT for slip in slips(word, rng)}
    written |= {word for case in generate(7, 1) for message in case.messages for word in message.text.lower().split()}

    corrected = {word for word in written if word.isascii() and word.isalpha() and misspelt.corrected_word(word)}

    assert len(corrected) > 1000
    assert {word for word in corrected if misspelt._WORDS not in misspelt._SLIPS.fired(f"a {word}, b")} == set()
    assert misspelt._SLIPS.fired("would like to know when the parcel will arrive") == []
