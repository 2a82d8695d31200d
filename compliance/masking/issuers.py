"""Which numbers are payment card numbers: issuer ranges with their lengths, and the Luhn check.

ISO/IEC 7812-1 (Annex B is Luhn); ranges as the card schemes publish them. `stdnum.luhn` is four
times slower, and this runs on every run of digits anyone types.
"""

from typing import Final

#: Prefix ranges, inclusive, of equal width, and the lengths the scheme issues.
RANGES: Final[tuple[tuple[str, str, str, tuple[int, ...]], ...]] = (
    ("visa", "4", "4", (13, 16, 19)),
    ("mastercard", "51", "55", (16,)),
    ("mastercard", "2221", "2720", (16,)),
    ("amex", "34", "34", (15,)),
    ("amex", "37", "37", (15,)),
    ("discover", "6011", "6011", (16, 17, 18, 19)),
    ("discover", "644", "659", (16, 17, 18, 19)),
    ("diners", "300", "305", (14, 16, 17, 18, 19)),
    ("diners", "3095", "3095", (14, 16, 17, 18, 19)),
    ("diners", "36", "36", (14, 15, 16, 17, 18, 19)),
    ("diners", "38", "39", (14, 16, 17, 18, 19)),
    ("jcb", "3528", "3589", (16, 17, 18, 19)),
    ("jcb", "2131", "2131", (15,)),
    ("jcb", "1800", "1800", (15,)),
    ("unionpay", "62", "62", (16, 17, 18, 19)),
    ("unionpay", "81", "81", (16, 17, 18, 19)),
    ("maestro", "5018", "5018", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("maestro", "5020", "5020", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("maestro", "5038", "5038", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("maestro", "5893", "5893", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("maestro", "6304", "6304", (12, 13, 14, 15, 16, 17, 18, 19)),
    ("maestro", "6759", "6763", (12, 13, 14, 15, 16, 17, 18, 19)),
    # Less certain: shorter numbers that begin so are taken behind a word for a card only.
    ("maestro", "56", "58", (16, 18, 19)),
    ("maestro", "639", "639", (16, 18, 19)),
    ("maestro", "67", "67", (16, 18, 19)),
    ("mir", "2200", "2204", (16, 17, 18, 19)),
    ("rupay", "508", "508", (16,)),
    ("rupay", "60", "60", (16,)),
    ("rupay", "82", "82", (16,)),
    ("verve", "506099", "506198", (16, 18, 19)),
    ("verve", "650002", "650027", (16, 18, 19)),
    ("troy", "9792", "9792", (16,)),
    ("dankort", "5019", "5019", (16,)),
    ("elo", "5066", "5067", (16,)),
    ("elo", "636368", "636368", (16,)),
    ("hipercard", "606282", "606282", (16,)),
    ("humo", "9860", "9860", (16,)),
    ("uzcard", "8600", "8600", (16,)),
)

MIN_DIGITS: Final = 12
MAX_DIGITS: Final = 19

#: What each digit counts, as bytes.
_ONCE: Final = bytes.maketrans(b"0123456789", bytes(range(10)))
_TWICE: Final = bytes.maketrans(b"0123456789", bytes(sum(divmod(2 * digit, 10)) for digit in range(10)))


def _lengths_by_prefix() -> dict[str, frozenset[int]]:
    """Every prefix the table names, spelled out, with its lengths."""
    table: dict[str, set[int]] = {}
    for _, low, high, lengths in RANGES:
        for prefix in range(int(low), int(high) + 1):
            table.setdefault(str(prefix), set()).update(lengths)
    return {prefix: frozenset(lengths) for prefix, lengths in table.items()}


_LENGTHS: Final = _lengths_by_prefix()
_WIDTHS: Final = tuple(sorted({len(prefix) for prefix in _LENGTHS}))
_BEGINNINGS: Final = frozenset(prefix[0] for prefix in _LENGTHS)
_NOTHING: Final[frozenset[int]] = frozenset()


def is_issued(digits: str) -> bool:
    """Whether some scheme issues numbers with this beginning and this length."""
    if digits[:1] not in _BEGINNINGS:
        return False
    count = len(digits)
    # No generator: this is asked of every row of digits.
    for width in _WIDTHS:  # noqa: SIM110
        if count in _LENGTHS.get(digits[:width], _NOTHING):
            return True
    return False


def passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, Annex B."""
    signs = digits.encode("ascii")
    return (sum(signs[-1::-2].translate(_ONCE)) + sum(signs[-2::-2].translate(_TWICE))) % 10 == 0


def is_card_number(digits: str) -> bool:
    """An issued beginning and length, a valid check digit, and more than one distinct digit."""
    return len(digits) >= MIN_DIGITS and is_issued(digits) and passes_luhn(digits) and len(set(digits)) > 1
