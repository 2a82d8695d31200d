"""A view in which digits written as words are digits: "four one double one" reads "4111".

Tens, teens and hundreds too ("forty-one eleven", "vierhundertsechsundfunfzig"), in seven languages; words run
together ("fourone11"); and signs that were dictated: "536 dash 90 dash 4399" reads "536-90-4399".
"""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from compliance.masking.fold import View, ViewBuilder
from compliance.masking.gate import PatternSet
from compliance.masking.lexicon import one_of
from compliance.masking.numerals import AMBIGUOUS, SIMPLE, VALUES
from compliance.masking.places import AT_HOME

_REPEATS: Final = {
    "double": 2, "doble": 2, "doppel": 2, "doppelt": 2, "doppio": 2, "dubbel": 2, "duplo": 2, "dobro": 2,
    "triple": 3, "treble": 3, "tripel": 3, "dreifach": 3, "triplo": 3, "quadruple": 4,
}  # fmt: skip
#: Before a country's code.
_PLUS: Final = "plus "
_HUNDRED: Final = frozenset({"hundred", "hundert", "honderd", "cento", "cent", "cents"})
_HUNDREDS: Final = {
    "ciento": 1, "doscientos": 2, "trescientos": 3, "cuatrocientos": 4, "quinientos": 5, "seiscientos": 6,
    "setecientos": 7, "ochocientos": 8, "novecientos": 9, "duzentos": 2, "trezentos": 3, "quatrocentos": 4,
    "quinhentos": 5, "seiscentos": 6, "setecentos": 7, "oitocentos": 8, "novecentos": 9,
}  # fmt: skip
_SIGNS: Final = {
    "dash": "-", "hyphen": "-", "minus": "-", "guion": "-", "tiret": "-", "trait": "-", "strich": "-",
    "bindestrich": "-", "streepje": "-", "trattino": "-", "hifen": "-", "dot": ".", "point": ".", "period": ".",
    "punto": ".", "ponto": ".", "punkt": ".", "punt": ".", "slash": "/", "barra": "/", "schragstrich": "/",
    "stroke": "/", "space": " ", "espacio": " ", "espace": " ", "spazio": " ", "espaco": " ", "leerzeichen": " ",
    "spatie": " ", "underscore": "_",
}  # fmt: skip


_WORD: Final = one_of([*VALUES, *_HUNDRED, *_HUNDREDS])
_PART: Final = one_of([*SIMPLE, *_HUNDRED])
_REPEAT: Final = one_of(_REPEATS)
_TOKEN: Final = re.compile(
    r"(?<![a-z0-9])(?P<run>[0-9]{2,})(?![a-z0-9])"
    rf"|(?<![a-z0-9])(?:(?P<repeat>{_REPEAT})[ -]{{1,2}})?(?:(?P<word>{_WORD})|(?P<digit>[0-9o])(?![0-9]))(?![a-z])"
    rf"|(?<![a-z0-9])(?P<glued>(?>{_PART}|und|[0-9]){{2,24}}+)(?![a-z0-9])"
    r"|(?P<part>[0-9]{2,})"
)
_GLUED: Final = re.compile(f"{_PART}|und|[0-9]+")
#: Digits said in words, or with them said in all, that make the view worth it.
_LEAST_SAID: Final = 3
_LEAST_IN_ALL: Final = 7
#: With so many digits beside it one word is enough: "four 556 2567 4827 5342".
_MANY: Final = re.compile("(?:[0-9][^0-9]{0,8}){10}")
#: Between two of them; dropped, so that they read as one group.
_CLOSE: Final = re.compile(r"[ _-]{1,3}|[ ](?:and|und|y|et|e|en)[ ]")
#: "Five five five, zero one": two groups of one number.
_PAUSE: Final = re.compile("[ ]?,[ ]")
_AND: Final = re.compile(r"[ ](?:and|und|y|et|e|en)[ ]")
_SIGN: Final = re.compile(rf"[ ,]{{0,2}}({one_of(_SIGNS)})[ ,]{{0,2}}")
#: What is said while the next group is looked for.
_PAUSES: Final = (
    "(?:then|and|next|uh|uhm|um|umm|er|erm|hmm?|eh|wait|hang on|hold on|followed by|finally|lastly|the|rest is|last"
    "|first|second"
    "|third|luego|y|puis|et|dann|und|poi|e|depois|dan|en|el resto es|le reste|der rest|ok|okay|let me see|sec|one sec)"
)
_BREATH: Final = re.compile(rf"[ ,.;:…-]{{0,4}}(?:{_PAUSES}[ ,.;:…-]{{1,4}}){{1,5}}")
#: "Four one um one": one group.
_HUM: Final = re.compile(r"[ ,.…-]{1,4}(?:(?:uh+m?|um+|er|erm|hm+|eh|ah)[ ,.…-]{1,4}){1,3}")
_ENGLISH: Final = re.compile("(?<![a-z])(?:one|two|three|four|five|eight|nine)(?![a-z])")

#: Words of everyday language that would have the view made of many texts.
_NO_GATE: Final = frozenset({"do", "ek", "sex", "ett", "char"})
_GATE_WORD: Final = one_of(
    [word for word in SIMPLE if (VALUES[word] < 20 or VALUES[word] % 10 == 0) and word not in _NO_GATE]
)
_COMPOUND: Final = (
    "[a-z]{3,6}(?:und|en)[a-z]{3,5}(?:zig|sig|tig)"
    "|(?:vent|trent|quarant|cinquant|sessant|settant|ottant|novant)[a-z]{3,7}"
)
_GATE_ONE: Final = f"(?:{_GATE_WORD}|{_COMPOUND})"
#: Whether the view is worth making: two of them in a row, one beside a digit, or a sign dictated between two.
GATE: Final = (
    rf"(?:^|[^a-z]){_GATE_ONE}[^a-z0-9]{{1,4}}(?:{_REPEAT}[ -])?(?:{_GATE_ONE}|[0-9]|{one_of(_HUNDRED)})(?:[^a-z]|$)"
    rf"|[0-9][^a-z0-9]{{1,4}}(?:{_REPEAT}[ -])?{_GATE_ONE}(?:[^a-z]|$)|(?:^|[^a-z]){_REPEAT}[ -](?:{_GATE_ONE}|[0-9])"
    rf"|[0-9][ ,]{{0,2}}{one_of(_SIGNS)}[ ,]{{0,2}}[0-9]|[0-9][ ,.;:…-]{{1,4}}{_PAUSES}[ ,.;:…-]"
    rf"|{_GATE_WORD}(?:{_GATE_WORD}|[0-9]){{2}}|[0-9]{_GATE_WORD}[0-9]"
    rf"|[a-z]{{3,13}}(?:cientos|centos|hundert|honderd|cento)"
)


#: Where a digit is said, or a sign or a pause behind one: without any of these there is nothing to replace, which takes
#: RE2 a microsecond to tell.
_SAID: Final = PatternSet(
    (
        "(?:^|[^a-z0-9])o(?:[^a-z]|$)",
        f"(?:^|[^a-z0-9])(?:{_WORD})(?:[^a-z]|$)",
        f"(?:^|[^a-z0-9])(?:(?:und|[0-9])*{_PART}|{_PART}(?:und|[0-9]))",
        f"(?:^|[^a-z0-9]){_REPEAT}[ -]",
        f"[0-9][ ,]{{0,2}}{one_of(_SIGNS)}(?:[^a-z]|$)",
        f"[0-9][ ,.;:…-]{{0,4}}{_PAUSES}[ ,.;:…-]",
    )
)


class _Number(NamedTuple):
    """Digits, and where in the text they are said. Of a run of digits in digits nothing is changed."""

    start: int
    end: int
    digits: str
    is_word: bool


class _Gap(NamedTuple):
    """What can stand between two numbers, and what it may mean."""

    sign: re.Match[str] | None
    is_breath: bool
    is_hum: bool
    is_pause: bool
    is_close: bool
    is_and: bool


class _Gaps(dict[str, _Gap]):
    """The gaps of one text: it has many numbers and few kinds of gaps."""

    def __missing__(self, text: str) -> _Gap:
        gap = self[text] = _Gap(
            _SIGN.fullmatch(text),
            *(kind.fullmatch(text) is not None for kind in (_BREATH, _HUM, _PAUSE, _CLOSE, _AND)),
        )
        return gap


def _numbers(lower: str, gaps: _Gaps) -> Iterator[_Number]:
    """The numbers said in a text, "forty" and "one" already put together."""
    pending: _Number | None = None
    for number in _tokens(lower):
        if pending is not None:
            together = _together(lower, pending, number, gaps)
            if together is not None:
                pending = together
                continue
            yield _whole(pending)
        pending = number
    if pending is not None:
        yield _whole(pending)


def _whole(number: _Number) -> _Number:
    """A hundred that nothing stood before."""
    return number._replace(digits="100") if number.digits == _HUNDRED_MARK else number


#: No number is written so; says that what is before it counts hundreds.
_HUNDRED_MARK: Final = "h"


def _tokens(lower: str) -> Iterator[_Number]:
    for match in _TOKEN.finditer(lower):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "word":
            yield _Number(start, end, _digits(match["word"], match["repeat"]), is_word=True)
        elif kind == "glued":
            yield from _glued(match["glued"], start)
        elif kind != "digit":
            yield _Number(start, end, match.group(), is_word=False)
        elif match["digit"] != "o" or match["repeat"]:
            digit = match["digit"].replace("o", "0")
            yield _Number(start, end, digit * _REPEATS.get(match["repeat"] or "", 1), is_word=bool(match["repeat"]))
        else:
            yield _Number(start, end, "0", is_word=True)


def _digits(word: str, repeat: str | None = None) -> str:
    if word in _HUNDRED:
        return _HUNDRED_MARK
    digits = str(100 * _HUNDREDS[word] if word in _HUNDREDS else VALUES[word])
    return digits * _REPEATS[repeat] if repeat and len(digits) == 1 else digits


def _glued(words: str, start: int) -> Iterator[_Number]:
    parts = [(part.start(), word) for part in _GLUED.finditer(words) if (word := part.group()) != "und"]
    if all(word.isdigit() for _, word in parts):
        yield _Number(start, start + len(words), words, is_word=False)
        return
    for at, word in parts:
        digits = word if word.isdigit() else _digits(word)
        yield _Number(start + at, start + at + len(word), digits, is_word=True)


def _together(lower: str, first: _Number, second: _Number, gaps: _Gaps) -> _Number | None:
    """One number made of two: forty and one, four and hundred, four hundred and six."""
    if not (first.is_word and second.is_word):
        return None
    digits = None
    if second.digits == _HUNDRED_MARK:
        digits = first.digits + "00" if first.digits != _HUNDRED_MARK and 0 < int(first.digits) < 100 else None
    elif first.digits == _HUNDRED_MARK or (len(first.digits) == 3 and first.digits.endswith("00")):
        value = 100 if first.digits == _HUNDRED_MARK else int(first.digits)
        digits = str(value + int(second.digits)) if 0 < int(second.digits) < 100 else None
    elif len(first.digits) == 2 and first.digits[1] == "0" and first.digits > "19" and len(second.digits) == 1:
        digits = first.digits[0] + second.digits if second.digits != "0" else None
    if digits is None or (first.end < second.start and not gaps[lower[first.end : second.start]].is_close):
        return None
    return _Number(first.start, second.end, digits, is_word=True)


def spelled_view(base: View) -> View | None:
    """The view with words replaced, or None if there is next to nothing to replace."""
    lower = base.text.lower()
    return _replaced(base, lower) if _SAID.any_in(lower) else None


def _replaced(base: View, lower: str) -> View | None:
    gaps = _Gaps()
    numbers = _believed(lower, list(_numbers(lower, gaps)), gaps)
    builder = ViewBuilder(base)
    previous: _Number | None = None
    signs = 0
    for number in numbers:
        if previous is None:
            plus = number.start - len(_PLUS)
            if plus >= 0 and lower.startswith(_PLUS, plus):
                builder.keep(plus)
                builder.put("+", plus, number.start)
            builder.keep(number.start)
        else:
            signs += _bridge(builder, lower, previous, number, gaps)
        if number.is_word and not lower.startswith(number.digits, number.start):
            builder.put(number.digits, number.start, number.end)
        builder.keep(number.end)
        previous = number
    said = sum(len(number.digits) for number in numbers if number.is_word)
    lone = sum(1 for number in numbers if len(number.digits) == 1 and not number.is_word)
    enough = said + lone >= _LEAST_SAID or (said > 1 and sum(len(number.digits) for number in numbers) >= _LEAST_IN_ALL)
    enough = enough or (said > 0 and AT_HOME.any_in(lower))
    if not signs and not (said and (enough or _MANY.search(lower))):
        return None
    builder.keep(len(lower))
    return builder.view()


def _bridge(builder: ViewBuilder, lower: str, previous: _Number, number: _Number, gaps: _Gaps) -> bool:
    """Put what stands between two numbers: nothing, a space, a sign that was dictated, or the text as it is.

    True if words were read as a sign or a pause.
    """
    between = lower[previous.end : number.start]
    gap = gaps[between]
    words = previous.is_word and number.is_word
    found = bool(between and (gap.sign or gap.is_breath))
    if words and gap.is_hum:
        pass
    elif found:
        builder.put(_SIGNS[gap.sign[1]] if gap.sign else " ", previous.end, number.start)
    elif words and gap.is_pause:
        builder.put(" ", previous.end, number.start)
    elif not _joins(previous, number, between, gap):
        builder.keep(number.start)
    builder.at = number.start
    return found


def _believed(lower: str, numbers: list[_Number], gaps: _Gaps) -> list[_Number]:
    """Without words that are numbers in another language only and stand alone: "due 15.01.2026"."""
    doubtful = {number for number in numbers if lower[number.start : number.end] in AMBIGUOUS}
    if not doubtful:
        return numbers
    if _ENGLISH.search(lower):
        # "Um" is one in Portuguese.
        numbers = [number for number in numbers if lower[number.start : number.end] != "um"]
    touched = set()
    for first, second in pairwise(numbers):
        if (first in doubtful or second in doubtful) and _touch(lower, first, second, gaps):
            touched |= {first, second}
    return [number for number in numbers if number not in doubtful or number in touched]


def _touch(lower: str, first: _Number, second: _Number, gaps: _Gaps) -> bool:
    between = lower[first.end : second.start]
    gap = gaps[between]
    return (first.is_word and second.is_word and gap.is_pause) or _joins(first, second, between, gap)


def _joins(first: _Number, second: _Number, between: str, gap: _Gap) -> bool:
    """Whether two numbers read as one group: at least one a word, and none a group of digits."""
    if not (first.is_word or second.is_word):
        return False
    if (not first.is_word and len(first.digits) > 1) or (not second.is_word and len(second.digits) > 1):
        return False
    return not between or (gap.is_close and not gap.is_and)
