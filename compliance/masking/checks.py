"""Check digits by name, for rules.json. A dotted name is a module of python-stdnum, loaded when used."""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Final

from compliance.masking import idchecks

Check = Callable[[str], bool]

_NINO: Final = re.compile("[a-ceghj-prstw-z][a-ceghj-nprstw-z][0-9]{6}[a-d]")
_NINO_UNUSED: Final = ("bg", "gb", "kn", "nk", "nt", "tn", "zz")
_US_PASSPORT: Final = re.compile("[a-z][0-9]{8}")
_VIN_VALUES: Final = dict(
    zip("abcdefghjklmnprstuvwxyz0123456789", map(int, "123456781234579234567890123456789"), strict=True)
)
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _nino(value: str) -> bool:
    """Prefix rules of HMRC's National Insurance Manual, NIM39110."""
    return _NINO.fullmatch(value) is not None and not value.startswith(_NINO_UNUSED)


def _vin(value: str) -> bool:
    """The check digit of 49 CFR 565.15, and at least three letters and five digits."""
    if len(value) != len(_VIN_WEIGHTS) or not value.isascii():
        return False
    if sum(map(str.isdigit, value)) < 5 or sum(map(str.isalpha, value)) < 3:
        return False
    total = sum(_VIN_VALUES[c] * weight for c, weight in zip(value, _VIN_WEIGHTS, strict=True))
    return value[8] == "0123456789x"[total % 11]


def _vat(value: str) -> bool:
    module = "gb.vat" if value.startswith(("gb", "xi")) else "eu.vat"
    return named_check(module)(value)


def _us_passport(value: str) -> bool:
    """A letter and eight digits, as of passport books since 2021."""
    return _US_PASSPORT.fullmatch(value) is not None


_OWN: Final[dict[str, Check]] = {
    "nino": _nino,
    "vin": _vin,
    "vat": _vat,
    "us.passport": _us_passport,
    "singapore": idchecks.singapore,
    "chinese": idchecks.chinese,
    "taiwanese": idchecks.taiwanese,
    "hong_kong": idchecks.hong_kong,
    "malaysian": idchecks.malaysian,
    "emirati": idchecks.emirati,
    "sri_lankan": idchecks.sri_lankan,
    "snils": idchecks.snils,
    "kazakh": idchecks.kazakh,
    "german_health": idchecks.german_health,
    "ontario_health": idchecks.ontario_health,
    "clabe": idchecks.clabe,
    "polish_account": idchecks.polish_account,
}


@cache
def named_check(name: str) -> Check:
    """The check a rule names."""
    if name in _OWN:
        return _OWN[name]
    is_valid: Check = import_module(f"stdnum.{name}").is_valid
    return is_valid
