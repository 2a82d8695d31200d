"""Words that nobody has used before."""

from typing import Final
from uuid import uuid4

_LETTERS: Final = str.maketrans("0123456789abcdef", "bcdfghjklmnpqrst")


def new_word(length: int = 10) -> str:
    """Return a word of consonants. In a chance word of digits something could be found that has to be masked."""
    return uuid4().hex[:length].translate(_LETTERS)
