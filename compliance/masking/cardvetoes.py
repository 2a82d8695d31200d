"""What makes a number that could be a card's more likely something else, where no word for a card says otherwise."""

import re
from typing import Final

from compliance.masking.gate import PatternSet
from compliance.masking.runs import Run, joined
from compliance.masking.scan import Scan

PRODUCT: Final = re.compile(r"(?:ean|gtin|upc|barcode|isbn|epoch|timestamp)[^0-9]{0,12}(?![\s\S])")
IMEI: Final = re.compile(r"imei[^0-9]{0,12}(?![\s\S])")
URL: Final = re.compile(r"(?:https?://|www\.)[^ \t\n\r]*(?![\s\S])")
#: "4111 + 1111 + 1111 + 1111 = 7444".
SUM: Final = re.compile("[ ]{0,3}=")
CARRIER: Final = re.compile("(?:00|9[2-6]|420)")
HEX_AFTER: Final = re.compile("[0-9a-f]{1,64}")
_HEX: Final = "0123456789abcdef"
_HASH_LENGTH: Final = 32
#: Whether any of the words of these patterns occurs, which is asked once of a text.
_NAMED: Final = PatternSet(("ean|gtin|upc|barcode|isbn|epoch|timestamp|imei|https?://|www[.]",))
#: Groups of a card with its date and code, and one to spare.
_LONGEST_TOLD: Final = 8


def is_vetoed(scan: Scan, run: Run, first: int, last: int) -> bool:
    """The number is more likely something else, and no card word says otherwise."""
    start = run[first].start
    digits = joined(run, first, last)
    before = scan.lower[max(0, start - 60) : start]
    named = scan.has(_NAMED)
    if before.endswith("+") and len(digits) <= 15 and first == 0:
        return True
    if last - first == 1 and _is_fraction(scan.lower, start, run[first].end):
        return True
    if len(digits) == 13 and (digits[0] == "4") and named and PRODUCT.search(before):
        return True
    if _is_in_hash(scan.lower, start, run[last - 1].end):
        return True
    if _is_sum(scan.lower, start, run[last - 1].end) or (named and (IMEI.search(before) or URL.search(before))):
        return True
    return _is_carrier_number(run, first, last) or _is_of_list(scan.lower, run, first, last)


def _is_of_list(lower: str, run: Run, first: int, last: int) -> bool:
    """Four numbers out of a long row with commas: a table, not a card."""
    if len(run) <= _LONGEST_TOLD:
        return False
    edges = (lower[run[first - 1].end : run[first].start] if first else "") + (
        lower[run[last - 1].end : run[last].start] if last < len(run) else ""
    )
    return "," in edges and "," in lower[run[first].end : run[last - 1].start]


def _is_sum(lower: str, start: int, end: int) -> bool:
    return "+" in lower[start:end] and SUM.match(lower, end) is not None


def _is_fraction(lower: str, start: int, end: int) -> bool:
    """Behind a decimal point or comma, "0.4111…"; not in a list, "842222,4111…" or "12,4111…,04/27"."""
    if start < 2 or lower[start - 1] not in ".," or not lower[start - 2].isdigit():
        return False
    is_long = start >= 5 and lower[start - 5 : start - 1].isdigit()
    return not is_long and not lower.startswith(",", end)


def _is_mixed(token: str) -> bool:
    return any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def _is_in_hash(lower: str, start: int, end: int) -> bool:
    """Digits within a hexadecimal string of 32 or more, or the end of one: "…9cc240b8c133a515_234097"."""
    before = lower[max(0, start - 64) : start]
    token = before[len(before.rstrip(_HEX)) :]
    if not lower[start:end].isdigit():
        return _is_mixed(token)
    high = HEX_AFTER.match(lower, end)
    return len(before) - len(before.rstrip(_HEX)) + (high.end() if high else end) - start >= _HASH_LENGTH


def _is_carrier_number(run: Run, first: int, last: int) -> bool:
    """A parcel's number: 20 digits or more in regular groups, beginning as carriers' do."""
    if len(run) - (last - first) < 1:
        return False
    if not 20 <= len(run.digits) <= 34 or CARRIER.match(run.digits) is None:
        return False
    return all(size == 4 for size in run.sizes[1:-1]) and run.sizes[0] in (2, 3, 4)
