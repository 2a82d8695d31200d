"""The canaries: values that must not be kept, each one of its kind, with a word beside it to find it by."""

import itertools
import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

# (digits the number begins with, its length): every brand of the issuer table.
BRANDS: Final = (
    ("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15), ("37", 15), ("6011", 16), ("65", 16),
    ("644", 16), ("300", 14), ("36", 14), ("38", 14), ("3528", 16), ("3589", 16), ("62", 16), ("62", 19), ("6759", 16),
    ("5018", 16), ("2200", 16), ("508", 16), ("506099", 16), ("9792", 16), ("5019", 16),
)  # fmt: skip
TAG: Final = re.compile("zq[a-y]{8}")
RUN: Final = re.compile("[0-9](?:[^0-9a-z]{0,3}[0-9]){11,40}")
REACH: Final = 120


@dataclass(frozen=True)
class Canary:
    """One value. `secret` is what must not be seen, as it was typed; `digits` those of a card, or nothing."""

    tag: str
    secret: str
    text: str
    digits: str = ""
    parts: tuple[str, ...] = ()


@dataclass
class Book:
    """All canaries of a run, and what finds them in a text."""

    tags: dict[str, Canary] = field(default_factory=dict)
    pans: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    #: Tags of those whose text is kept readable, masked: the words beside the values may be found.
    readable: set[str] = field(default_factory=set)

    def add(self, canaries: list[Canary], *, readable: bool = False) -> list[Canary]:
        self.readable.update(one.tag for one in canaries if readable)
        for one in canaries:
            self.tags[one.tag] = one
            self.pans.update({one.digits} - {""})
            self.parts.update(one.parts)
        return canaries

    def hits_in(self, text: str) -> set[str]:
        """Return the tags of what can be read in a text that someone is shown."""
        plain = folded(text)
        found = {f"card {pan[-4:]}" for pan in self._pans_in(plain)}
        for match in TAG.finditer(plain):
            canary = self.tags.get(match.group())
            if canary and squeezed(folded(canary.secret)) in squeezed(plain[match.end() : match.end() + REACH]):
                found.add(canary.tag)
        return found

    def part_hits(self, message: str) -> set[str]:
        """Return the part of a split number that a message still holds whole."""
        digits = squeezed(folded(message))
        return {f"part {digits[:2]}…"} if digits in self.parts else set()

    def _pans_in(self, plain: str) -> set[str]:
        found = set()
        for match in RUN.finditer(plain):
            digits = "".join(char for char in match.group() if char.isdigit())
            for length in range(13, 20):
                found |= {digits[at : at + length] for at in range(len(digits) - length + 1)} & self.pans
        return found


class Folding(dict[int, str]):
    """What each character becomes, found out once: a page has hundreds of thousands of some dozens."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        digit = unicodedata.digit(char, None)
        if digit is not None:
            becomes = str(digit)
        else:
            becomes = "" if unicodedata.category(char) in {"Cf", "Mn", "Me"} else char.lower()
        self[point] = becomes
        return becomes


FOLDING: Final = Folding()


def folded(text: str) -> str:
    """Small letters, plain digits, nothing invisible."""
    return text.translate(FOLDING)


def squeezed(text: str) -> str:
    return "".join(char for char in text if char.isalnum())


def luhn(body: str) -> str:
    """The body with its check digit."""
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10)) for place, digit in enumerate(reversed(body))
    )
    return body + str(-total % 10)


def grouped(pan: str) -> list[str]:
    sizes = {15: (4, 6, 5), 14: (4, 6, 4), 19: (4, 4, 4, 4, 3)}.get(len(pan), (4, 4, 4, 4))
    ends = list(itertools.accumulate(sizes))
    return [pan[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def other_digits(text: str, zero: int) -> str:
    return "".join(chr(zero + int(char)) if char.isdigit() else char for char in text)


SPOKEN: Final = dict(
    zip("0123456789", ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], strict=True)
)
STYLES: Final = (
    lambda pan: pan,
    lambda pan: " ".join(grouped(pan)),
    lambda pan: "-".join(grouped(pan)),
    lambda pan: ".".join(grouped(pan)),
    lambda pan: "\u00a0".join(grouped(pan)),
    lambda pan: "\u2011".join(grouped(pan)),
    lambda pan: other_digits(" ".join(grouped(pan)), 0xFF10),
    lambda pan: other_digits(pan, 0x0660),
    lambda pan: other_digits(pan, 0x0966),
    "\u200b".join,
    lambda pan: "\u200d".join(grouped(pan)),
    lambda pan: " ".join(SPOKEN[digit] for digit in pan),
)


class Maker:
    """Makes canaries, none like another."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def make(self, count: int) -> list[Canary]:
        """Cards of every brand in every style, and among them codes, stripes and social security numbers."""
        return [self._one(next(self._numbers)) for _ in range(count)]

    def cards(self, count: int) -> list[Canary]:
        """Plain card numbers, for places that take little."""
        return [self._card(next(self._numbers), 0) for _ in range(count)]

    def split(self, count: int) -> list[Canary]:
        """Card numbers in two to four messages, which hold nothing else."""
        found = []
        for _ in range(count):
            number = next(self._numbers)
            pan = self._pan(number, ("4", 16))
            size = (8, 4, 6, 5)[number % 4]
            parts = tuple(pan[at : at + size] for at in range(0, 16, size))
            found.append(Canary(self._tag(number), pan, "", pan, parts))
        return found

    def _one(self, number: int) -> Canary:
        kind = number % 20
        if kind in {3, 13}:
            return self._told(number, f"cvv {number % 900 + 100}")
        if kind in {6, 10, 16}:
            return self._told(number, f"ssn {self._ssn(number)}")
        if kind == 8:
            pan = self._pan(number, ("4", 16))
            return self._told(number, f"%B{pan}^DOE/JANE^29011010000000000?", pan)
        return self._card(number, number // len(BRANDS) % len(STYLES))

    def _card(self, number: int, style: int) -> Canary:
        pan = self._pan(number, BRANDS[number % len(BRANDS)])
        return self._told(number, STYLES[style](pan), pan)

    def _told(self, number: int, secret: str, digits: str = "") -> Canary:
        tag = self._tag(number)
        return Canary(tag, secret, f"{tag} {secret}", digits)

    @staticmethod
    def _pan(number: int, brand: tuple[str, int]) -> str:
        prefix, length = brand
        # Far apart, so that no two look alike.
        return luhn(prefix + str(number * 7_919 % 10 ** (length - len(prefix) - 1)).zfill(length - len(prefix) - 1))

    @staticmethod
    def _ssn(number: int) -> str:
        area = number % 599 + 100
        return f"{area if area != 666 else 667}-{number // 599 % 98 + 1:02}-{number * 37 % 9998 + 1:04}"

    @staticmethod
    def _tag(number: int) -> str:
        letters = ""
        for _ in range(8):
            number, place = divmod(number, 25)
            letters += chr(ord("a") + place)
        return f"zq{letters[::-1]}"
