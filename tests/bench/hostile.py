# ruff: noqa: E501, RUF001  letters that look alike are the point
"""Texts of 8 KiB made to be slow: repetitions of what wakes detectors, and rows of it that never repeat.

    python3 -m tests.bench.hostile            # what `bench masking` measures, with the time of each
    python3 -m tests.bench.hostile --search 60   # look for slower ones for a minute, from combinations of all of it

Repetitions show what is not linear; rows without repetition show what only repetition makes fast.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from compliance.masking import MaskingPolicy, mask
from compliance.masking.errors import MaskingError

LENGTH: Final = 8192
SEED: Final = 20_260
REPEATED: Final = (
    "1 ", "4111 ", "4", "card 4111-1111 ", "a@", "de89", "one two ", ".", "cvv pin exp ssn ", "1a", "(1", "12-34 ",
    " at dot", "1O", "password: a ", "12/27 ", "passport 123456 ", "12 Main Main ", "ab:", "４1\u200b", "born 12/12/",
    "%b4111^", "+1 ", "x.y@", "1 dot 2 ", "04/07/1981 born ", "cvv 123 ", "born 1/1/1980 ", "12/27", "um  ", "10.0.0.1 ",
    "378282246310005 ", "4111111111111111 ", "nought[card •••• ４１１１ ", "AB123456C 4111 1111 ",
    "020 7946 0958 ", "mrn:      ,,,,      ", "id -°-°-°-°-°-°-°1 ", "AKIA", "pwd=",
    "-----BEGIN PRIVATE KEY", "://a:", "a|b|\n", "[10:00] a: ", "noventa信用卡",
    "4 1 1 1 ", "fe80:", "é1", "ones", "double ", "p a s s ", "c.v.v. 1 ", "\t", "“‘", "ﬁ①", "12345 ",
    # What the search found to be slowest: a card, a code or a date at every turn, each read in two ways.
    "c@rd4111111111111111", "1-2-behind the card 4111 1111", "two 19810704", "+44 20 7946 dreizehn ",
)  # fmt: skip
_ROWS: Final[dict[str, Callable[[random.Random], str]]] = {
    "numbers of five": lambda rng: f"{rng.randrange(10**5):05} ",
    "numbers of ten": lambda rng: f"{rng.randrange(10**10):010}, ",
    "numbers of sixteen": lambda rng: f"{rng.randrange(10**16):016} ",
    "groups of four": lambda rng: f"{rng.randrange(10**4):04} ",
    "national telephone numbers": lambda rng: f"0{rng.randrange(1000):03} {rng.randrange(10**6):06}, ",
    "addresses of machines": lambda rng: ".".join(str(rng.randrange(256)) for _ in range(4)) + " ",
    "dates": lambda rng: f"{rng.randrange(1, 29)}/{rng.randrange(1, 13)}/{rng.randrange(1930, 2030)} ",
    "number words": lambda rng: rng.choice(_SPOKEN) + " ",
    "rows of a table": lambda rng: f"{rng.randrange(10**5)};{rng.randrange(10**8)};{rng.randrange(1, 29)}.1.2026\n",
}
_SPOKEN: Final = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "zero",
    "forty",
    "ninety",
    "hundred",
    "double",
]
#: What the search puts together.
_ATOMS: Final = (
    *(piece.strip() for piece in REPEATED), "0", "1", "4", "12", "123", "1234", "4111 1111", "19810704", "GB82WEST",
    "card", "cvv", "pin", "exp", "ssn", "dob", "born", "iban", "passport", "phone", "address", "email", "mrn", "vin",
    "imei", "secret", "token", "the", "is", "my", "of", "and", "then", "last", "March", "@", " at ", " dot ", "(", ")", "[",
    "]", ":", "::", "^", "=", "?", ";", "/", "\\", "x", "O", "l", "!", "|", "٤", "а", "\ue000", "\n", "$", "#", "'", '"', "_",
)  # fmt: skip


def texts() -> Iterator[tuple[str, str]]:
    """The texts that the figure is of, each with a name."""
    for piece in REPEATED:
        yield repr(piece), (piece * LENGTH)[:LENGTH]
    for name, row in _ROWS.items():
        rng = random.Random(SEED)
        yield name, "".join(row(rng) for _ in range(LENGTH // 2))[:LENGTH]


def cpu_ms(text: str, policy: MaskingPolicy) -> float:
    """CPU time of the thread to mask a text, in milliseconds."""
    begun = time.thread_time_ns()
    mask(text, policy)
    return (time.thread_time_ns() - begun) / 1e6


def hostile_ms(chosen: Iterable[tuple[str, str]], progress: Callable[[str], None]) -> float:
    """The slowest of some texts, best of three each."""
    policy = MaskingPolicy.named("all")
    slowest = 0.0
    for name, text in chosen:
        best = min(cpu_ms(text, policy) for _ in range(3))
        progress(f"  {best:6.1f} ms of {name}")
        slowest = max(slowest, best)
    return round(slowest, 1)


def _search(seed: int, seconds: float) -> list[tuple[float, str]]:
    """The slowest repetitions that chance finds, slowest first."""
    rng, policy, ends = random.Random(seed), MaskingPolicy.named("all"), time.monotonic() + seconds
    found: list[tuple[float, str]] = []
    while time.monotonic() < ends:
        piece = "".join(
            rng.choice(_ATOMS) + rng.choice(("", " ", " ", "-")) for _ in range(rng.choice((1, 1, 2, 2, 3)))
        )
        text = (piece * LENGTH)[:LENGTH]
        try:
            found.append((min(cpu_ms(text, policy) for _ in range(2)), piece))
        except MaskingError:
            found.append((float("inf"), piece))
    return sorted(found, reverse=True)


def main(argv: Sequence[str]) -> int:
    """Print how long each takes, or the slowest that a search finds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--search", type=float, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(argv)
    if options.search is None:
        print(hostile_ms(texts(), print))
        return 0
    for milliseconds, piece in _search(options.seed, options.search)[:30]:
        print(f"  {milliseconds:6.1f} ms of {piece!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
