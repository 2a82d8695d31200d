"""International bank account numbers, ISO 13616: country, check digits, up to 30 letters and digits."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import is_plain, rulebook
from compliance.masking.scan import Scan

#: Length by country, from the IBAN registry.
LENGTHS: Final[dict[str, int]] = rulebook()["iban_lengths"]
START: Final = re.compile(r"(?:(?<![0-9a-z])|(?<=iban))[a-z][ .-]?[a-z][^0-9a-z\ue000]{0,3}[0-9][ .-]?[0-9]")
_MAX_GAP: Final = 3
#: A placeholder, or the brackets of a regular expression.
_NEVER_IN: Final = frozenset("\ue000[]{}")


class IbanDetector:
    """IBANs in any case, with any separators; after the word also with a wrong check digit."""

    id = "iban"
    entities = ("IBAN",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """IBANs in one view."""
        lower = scan.lower
        at = 0
        while match := START.search(lower, at):
            at = match.start() + 1
            end = self._end(scan, match)
            if end is not None:
                yield scan.candidate("IBAN", match.start(), end, self.id, 0.9)
                at = end

    def _end(self, scan: Scan, match: re.Match[str]) -> int | None:
        lower, start = scan.lower, match.start()
        country = "".join(c for c in match.group() if c.isalpha())
        length = LENGTHS.get(country)
        if length is None:
            return None
        compact, end = _collect(lower, start, length)
        if len(compact) < length or _continues(lower, end):
            return None
        named = "iban" in lower[max(0, start - 45) : start] or "iban" in scan.asked
        if is_valid_iban(compact):
            # "is 38…": a word before a number, not Iceland, unless an IBAN is spoken of.
            return end if named or lower[start + 2].isdigit() or not is_plain(lower[start + 1]) else None
        digits = sum(map(str.isdigit, compact))
        return end if named and digits >= 8 else None


def _collect(lower: str, start: int, length: int) -> tuple[str, int]:
    """The first `length` letters and digits from `start`, over short gaps, and where they end."""
    taken: list[str] = []
    end = at = start
    while len(taken) < length and at < len(lower) and at - end <= _MAX_GAP:
        char = lower[at]
        at += 1
        if is_plain(char):
            taken.append(char)
            end = at
        elif char in _NEVER_IN:
            break
    return "".join(taken), end


def _continues(lower: str, end: int) -> bool:
    return end < len(lower) and lower[end].isdigit()


def is_valid_iban(compact: str) -> bool:
    """ISO 7064 mod 97-10 over the rearranged number."""
    moved = compact[4:] + compact[:4]
    try:
        return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
    except ValueError:
        return False
