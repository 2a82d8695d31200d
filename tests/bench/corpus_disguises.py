# ruff: noqa: RUF001  letters that look alike and long lists are the point
"""How people write a number to get it past a filter, or just because."""

import random
from collections.abc import Callable
from typing import Final

from tests.bench.corpus_values import grouped

_WORDS: Final = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SPANISH: Final = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
_GERMAN: Final = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
_FRENCH: Final = ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"]
Disguise = Callable[[str, random.Random], str]


def _translated(first: str) -> Disguise:
    return lambda number, _: "".join(chr(ord(first) + int(c)) if c.isdigit() else c for c in number)


def _joined(separator: str) -> Disguise:
    return lambda number, _: grouped(number, separator)


def _every(separator: str) -> Disguise:
    return lambda number, _: separator.join(number)


def _circled(number: str, _: random.Random) -> str:
    return "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(c)] for c in number)


def _keycaps(number: str, _: random.Random) -> str:
    return "".join(c + "\ufe0f\u20e3" for c in number)


def _superscript(number: str, _: random.Random) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in number)


def _invisible(number: str, rng: random.Random) -> str:
    return "".join(c + rng.choice(["", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff"]) for c in number)


def _spelled(words: list[str], separator: str = " ") -> Disguise:
    return lambda number, _: separator.join(words[int(c)] for c in number)


def _doubles(number: str, _: random.Random) -> str:
    out: list[str] = []
    at = 0
    while at < len(number):
        word = "oh" if number[at] == "0" else _WORDS[int(number[at])]
        if number[at : at + 2] == number[at] * 2:
            out.append("double " + word)
            at += 2
        else:
            out.append(word)
            at += 1
    return " ".join(out)


def _lookalike(number: str, rng: random.Random) -> str:
    letters = {"0": "oO", "1": "lI", "5": "S", "8": "B"}
    out = []
    spent = 0
    for char in number:
        if char in letters and spent < len(number) // 2 - 1 and rng.random() < 0.6:
            out.append(rng.choice(letters[char]))
            spent += 1
        else:
            out.append(char)
    return "".join(out)


def _half_spelled(number: str, _: random.Random) -> str:
    return " ".join(
        [*(number[:-4][i : i + 4] for i in range(0, len(number) - 4, 4)), *(_WORDS[int(c)] for c in number[-4:])]
    )


def _wild(number: str, rng: random.Random) -> str:
    return grouped(number, "\0").replace(
        "\0", rng.choice([" - ", " . ", "--", " / ", "...", " | ", "_ _", "🙂", " ~ ", "\t"])
    )


CARD_DISGUISES: Final[dict[str, Disguise]] = {
    "dots": _joined("."),
    "underscores": _joined("_"),
    "slashes": _joined("/"),
    "two spaces": _joined("  "),
    "spaced dashes": _joined(" - "),
    "no-break spaces": _joined("\u00a0"),
    "thin spaces": _joined("\u2009"),
    "en dashes": _joined("–"),
    "commas": _joined(", "),
    "lines": _joined("\n"),
    "stars": _joined("*"),
    "pluses": _joined("+"),
    "middle dots": _joined("·"),
    "x": _joined("x"),
    "dash word": _joined(" dash "),
    "and": _joined(" and "),
    "wild": _wild,
    "single": _every(" "),
    "single dashes": _every("-"),
    "single dots": _every("."),
    "pairs": lambda number, _: " ".join(number[i : i + 2] for i in range(0, len(number), 2)),
    "full width": _translated("０"),
    "arabic": _translated("٠"),
    "persian": _translated("۰"),
    "devanagari": _translated("०"),
    "mathematical": _translated("𝟎"),
    "circled": _circled,
    "keycaps": _keycaps,
    "superscript": _superscript,
    "invisible": _invisible,
    "spelled": _spelled(_WORDS),
    "spelled commas": _spelled(_WORDS, ", "),
    "spelled dashes": _spelled(_WORDS, "-"),
    "spanish": _spelled(_SPANISH),
    "german": _spelled(_GERMAN),
    "french": _spelled(_FRENCH),
    "doubles": _doubles,
    "look-alikes": _lookalike,
    "half spelled": _half_spelled,
    "glued word": lambda number, _: "card" + number,
    "glued behind": lambda number, _: number + "visa",
    "brackets": lambda number, _: "(" + grouped(number, ")(") + ")",
    "quotes": lambda number, _: grouped(number, "' '"),
}
CODE_DISGUISES: Final[dict[str, Disguise]] = {
    "full width": _translated("０"),
    "arabic": _translated("٠"),
    "circled": _circled,
    "keycaps": _keycaps,
    "single": _every(" "),
    "single dashes": _every("-"),
    "spelled": _spelled(_WORDS),
    "invisible": _invisible,
    "spelled dashes": _spelled(_WORDS, "-"),
    "single dots": _every("."),
}
ID_DISGUISES: Final[dict[str, Disguise]] = {
    "full width": _translated("０"),
    "arabic": _translated("٠"),
    "single": _every(" "),
    "spelled": _spelled(_WORDS),
    "invisible": _invisible,
    "keycaps": _keycaps,
}
