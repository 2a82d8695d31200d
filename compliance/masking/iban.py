"""International bank account numbers, ISO 13616: country, check digits, up to 30 letters and digits."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.lexicon import is_plain
from compliance.masking.scan import Scan

#: Length by country, from the IBAN registry.
LENGTHS: Final = {
    country: int(length)
    for country, length in (
        pair.split(":")
        for pair in [
            "ad:24",
            "ae:23",
            "al:28",
            "at:20",
            "az:28",
            "ba:20",
            "be:16",
            "bg:22",
            "bh:22",
            "bi:27",
            "br:29",
            "by:28",
            "ch:21",
            "cr:22",
            "cy:28",
            "cz:24",
            "de:22",
            "dj:27",
            "dk:18",
            "do:28",
            "ee:20",
            "eg:29",
            "es:24",
            "fi:18",
            "fk:18",
            "fo:18",
            "fr:27",
            "gb:22",
            "ge:22",
            "gi:23",
            "gl:18",
            "gr:27",
            "gt:28",
            "hn:28",
            "hr:21",
            "hu:28",
            "ie:22",
            "il:23",
            "iq:23",
            "is:26",
            "it:27",
            "jo:30",
            "kw:30",
            "kz:20",
            "lb:28",
            "lc:32",
            "li:21",
            "lt:20",
            "lu:20",
            "lv:21",
            "ly:25",
            "mc:27",
            "md:24",
            "me:22",
            "mk:19",
            "mn:20",
            "mr:27",
            "mt:31",
            "mu:30",
            "ni:28",
            "nl:18",
            "no:15",
            "om:23",
            "pk:24",
            "pl:28",
            "ps:29",
            "pt:25",
            "qa:29",
            "ro:24",
            "rs:22",
            "ru:33",
            "sa:24",
            "sc:31",
            "sd:18",
            "se:24",
            "si:19",
            "sk:24",
            "sm:27",
            "so:23",
            "st:25",
            "sv:28",
            "tl:23",
            "tn:24",
            "tr:26",
            "ua:29",
            "va:22",
            "vg:24",
            "xk:20",
        ]
    )
}
START: Final = re.compile(r"(?:(?<![0-9a-z])|(?<=iban))[a-z][ .-]?[a-z][^0-9a-z\ue000]{0,3}[0-9][ .-]?[0-9]")
_MAX_GAP: Final = 3


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
            return end if named or lower[start + 2].isdigit() else None
        digits = sum(char.isdigit() for char in compact)
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
        elif char == "\ue000":
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
