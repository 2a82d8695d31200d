"""A view in which digits written as words are digits: "four one double one" reads "4111".

English, Spanish, French, German, Portuguese, Italian and Dutch, with tens and teens in English.
"""

import re
from typing import Final

from compliance.masking.fold import View

_DIGITS: Final = {
    "zero oh nought naught null cero zeros nul zeroes": "0",
    "one uno una un une eins ein um uma een": "1",
    "two dos deux zwei zwo dois duas due twee": "2",
    "three tres trois drei tre drie": "3",
    "four cuatro quatre vier quatro quattro": "4",
    "five cinco cinq funf fuenf cinque vijf": "5",
    "six seis sechs sei zes": "6",
    "seven siete sept sieben sete sette zeven": "7",
    "eight ocho huit acht oito otto": "8",
    "nine nueve neuf neun nove negen niner": "9",
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
_TENS: Final = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fourty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
_VALUES: Final = {word: digits for names, digits in _DIGITS.items() for word in names.split()}
_REPEATS: Final = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_WORD: Final = "(?:" + "|".join(sorted([*_VALUES, *_TENS], key=lambda w: (-len(w), w))) + ")"
_REPEAT: Final = "(?:" + "|".join(_REPEATS) + ")"
_TOKEN: Final = re.compile(rf"(?<![a-z0-9])(?:({_REPEAT})[ -]{{1,2}})?(?:({_WORD})|([0-9o])(?![0-9]))(?![a-z])")
#: Between two of them; dropped, so that they read as one group.
_CLOSE: Final = re.compile(r"[ -]{1,3}")

#: Whether the view is worth making: two of them in a row, or one beside a digit.
GATE: Final = (
    rf"(?:^|[^a-z]){_WORD}[^a-z0-9]{{1,4}}(?:{_REPEAT}[ -])?(?:{_WORD}|[0-9])(?:[^a-z]|$)"
    rf"|[0-9][^a-z0-9]{{1,4}}(?:{_REPEAT}[ -])?{_WORD}(?:[^a-z]|$)|(?:^|[^a-z]){_REPEAT}[ -](?:{_WORD}|[0-9])"
)


def _digits_of(match: re.Match[str]) -> str | None:
    repeat, word, digit = match.groups()
    tens = _TENS.get(word or "")
    value = tens + "0" if tens else _VALUES.get(word or "", (digit or "").replace("o", "0"))
    if repeat and len(value) == 1:
        return value * _REPEATS[repeat]
    # A lone digit stays as it is; only words and repeats are translated.
    return value if word else None


def spelled_view(base: View) -> View | None:
    """The view with words replaced, or None if there are fewer than three digits in words."""
    lower = base.text.lower()
    tokens = [(m, digits) for m in _TOKEN.finditer(lower) if (digits := _digits_of(m)) is not None]
    if sum(len(digits) for _, digits in tokens) < 3:
        return None
    chars: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0

    def keep(until: int) -> None:
        for index in range(at, until):
            start, end = base.original(index, index + 1)
            chars.append(base.text[index])
            starts.append(start)
            ends.append(end)

    previous_end = -1
    for match, digits in tokens:
        low, high = match.span()
        joins = previous_end >= 0 and _CLOSE.fullmatch(lower, previous_end, low) is not None
        tens = joins and chars and chars[-1] == "0" and _is_tens(lower, previous_end) and len(digits) == 1
        if tens and digits != "0":
            chars.pop()
            starts.pop()
            ends.pop()
        if not joins:
            keep(low)
        start, end = base.original(low, high)
        for digit in digits:
            chars.append(digit)
            starts.append(start)
            ends.append(end)
        at = previous_end = high
    keep(len(base.text))
    return View("".join(chars), starts, ends)


def _is_tens(lower: str, end: int) -> bool:
    return any(lower.endswith(word, 0, end) for word in _TENS)
