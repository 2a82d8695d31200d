"""Checks of national, health and bank numbers that python-stdnum has none for.

Each takes the number in small letters without separators. Sources: the issuers' own rules, named at each.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

_NRIC_LETTERS: Final = {"st": "jzihgfedcba", "fg": "xwutrqpnmlk", "m": "xwutrqpnjlk"}
_NRIC_WEIGHTS: Final = (2, 7, 6, 5, 4, 3, 2)
_RIC_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RIC_CHECK: Final = "10x98765432"
#: Letters of Taiwan's counties in the order of their numbers from 10 on.
_TAIWAN: Final = "abcdefghjklmnpqrstuvxywzio"
_CLABE_WEIGHTS: Final = (3, 7, 1)
_IIN_WEIGHTS: Final = ((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2))
_MALAYSIAN_STATES: Final = frozenset(
    [*range(1, 17), *range(21, 60), *range(60, 69), 71, 72, 74, *range(75, 80), *range(82, 94), 98, 99]
)
_CENTURIES: Final = (1900, 2000)


def luhn(value: str) -> bool:
    """ISO/IEC 7812-1, Annex B, over any number of digits."""
    if not (value.isascii() and value.isdigit()):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(value))]
    return sum(digit - 9 * (digit > 9) for digit in doubled) % 10 == 0


def weighted(digits: str, weights: Sequence[int]) -> int:
    """The digits times their weights, summed."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def is_day(yymmdd: str) -> bool:
    """Whether six digits are a year, month and day of this century or the last."""
    year, month, day = int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:6])
    for century in _CENTURIES:
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False


def singapore(value: str) -> bool:
    """NRIC and FIN: seven weighted digits, an offset by series, and a letter by the remainder."""
    series = next((letters for letters in _NRIC_LETTERS if value[:1] in letters), "") if value else ""
    if len(value) != 9 or not series or not value[1:8].isdigit():
        return False
    offset = {"t": 4, "g": 4, "m": 3}.get(value[0], 0)
    letters = _NRIC_LETTERS[series]
    at = (weighted(value[1:8], _NRIC_WEIGHTS) + offset) % 11
    return value[8] == letters[10 - at if value[0] == "m" else at]


def chinese(value: str) -> bool:
    """GB 11643-1999: a day of birth in the middle and ISO 7064 mod 11-2."""
    if len(value) != 18 or not value[:17].isdigit() or not is_day(value[8:14]):
        return False
    return value[17] == _RIC_CHECK[weighted(value[:17], _RIC_WEIGHTS) % 11]


def taiwanese(value: str) -> bool:
    """A letter for the county, 1 or 2 (8 or 9 for residents), and a weighted sum of nothing."""
    if len(value) != 10 or value[0] not in _TAIWAN or not value[1:].isdigit():
        return False
    county = 10 + _TAIWAN.index(value[0])
    total = county // 10 + county % 10 * 9 + weighted(value[1:], (8, 7, 6, 5, 4, 3, 2, 1, 1))
    return total % 10 == 0


def hong_kong(value: str) -> bool:
    """One or two letters, six digits, and a digit or A in brackets that makes the weighted sum a multiple of 11."""
    letters = value[: len(value) - 7]
    if len(value) not in (8, 9) or not letters.isalpha() or not value[-7:-1].isdigit():
        return False
    first = [ord(letter) - 55 - 32 for letter in letters]
    numbers = [36, *first] if len(first) == 1 else first
    numbers += [int(digit) for digit in value[-7:-1]]
    last = 10 if value[-1] == "a" else int(value[-1]) if value[-1].isdigit() else -1
    total = sum(number * weight for number, weight in zip(numbers, range(9, 1, -1), strict=True))
    return last >= 0 and (total + last) % 11 == 0


def malaysian(value: str) -> bool:
    """MyKad: a day of birth, the code of a state or country, four digits."""
    if len(value) != 12 or not value.isdigit():
        return False
    return is_day(value[:6]) and int(value[6:8]) in _MALAYSIAN_STATES


def emirati(value: str) -> bool:
    """784, the year of birth, seven digits, and a Luhn digit."""
    return len(value) == 15 and value.startswith(("78419", "78420")) and luhn(value)


def sri_lankan(value: str) -> bool:
    """Year and day of birth, 500 more for women; nine digits with V or X, or twelve."""
    digits = value.rstrip("vx")
    if len(digits) not in (9, 12) or not digits.isdigit() or (len(digits) == 9) != (len(value) == 10):
        return False
    day = int(digits[2:5] if len(digits) == 9 else digits[4:7])
    return 1 <= day % 500 <= 366 and day < 1000


def snils(value: str) -> bool:
    """Russia's pension number: nine weighted digits mod 101."""
    if len(value) != 11 or not value.isdigit():
        return False
    return weighted(value, (9, 8, 7, 6, 5, 4, 3, 2, 1)) % 101 % 100 == int(value[9:])


def kazakh(value: str) -> bool:
    """IIN: a day of birth, a century and sex, and a weighted check digit, tried twice."""
    if len(value) != 12 or not value.isdigit() or not is_day(value[:6]) or value[6] not in "0123456":
        return False
    for weights in _IIN_WEIGHTS:
        check = weighted(value, weights) % 11
        if check < 10:
            return check == int(value[11])
    return False


def german_health(value: str) -> bool:
    """KVNR (section 290 SGB V): the letter as two digits, nine digits, alternating weights 1 and 2."""
    if len(value) != 10 or not value[0].isalpha() or not value[1:].isdigit():
        return False
    digits = f"{ord(value[0]) - 96:02}{value[1:9]}"
    total = sum(sum(map(int, str(int(digit) * (1 + index % 2)))) for index, digit in enumerate(digits))
    return total % 10 == int(value[9])


def ontario_health(value: str) -> bool:
    """OHIP: ten digits with a Luhn digit, and up to two letters for the version."""
    digits = value[:10]
    return len(digits) == 10 and (value[10:].isalpha() or not value[10:]) and luhn(digits)


def clabe(value: str) -> bool:
    """Mexico's bank account number: weights 3, 7, 1, each product mod 10."""
    if len(value) != 18 or not value.isdigit():
        return False
    total = sum(int(digit) * _CLABE_WEIGHTS[index % 3] % 10 for index, digit in enumerate(value[:17]))
    return (10 - total % 10) % 10 == int(value[17])


def polish_account(value: str) -> bool:
    """NRB: an IBAN without its country."""
    return len(value) == 26 and value.isdigit() and int(value[2:] + "2521" + value[:2]) % 97 == 1
