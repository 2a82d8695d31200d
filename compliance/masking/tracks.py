"""Magnetic stripe data, with or without its sentinels. ISO/IEC 7813.

PCI DSS v4.0.1, requirement 3.3.1.1: full track data is never stored.
"""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.findings import Candidate
from compliance.masking.issuers import is_card_number
from compliance.masking.scan import Scan

_TRACK_1: Final = re.compile(
    r"(%?[ ]?b[ ]?)([0-9](?:[ -]?[0-9]){11,18})[ ]?\^([^\^\n?]{2,30})\^[ ]?([0-9 *=]{4,60})[^\s?]{0,40}\??", re.ASCII
)
_TRACK_2: Final = re.compile(
    r"(;?)[ ]?(?<![0-9a-z])([0-9](?:[ -]?[0-9]){11,18})[ ]?[=d][ ]?([0-9]{4}[0-9 ]{3,30})[ ]?(\??)", re.ASCII
)


class TrackDetector:
    """Track 1 and track 2."""

    id = "track"
    entities = ("TRACK",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Tracks in one view. With sentinels the number in it need not be valid."""
        first = [
            _span(match)
            for match in _TRACK_1.finditer(scan.lower)
            if match.group(1).startswith("%") or _valid(match.group(2))
        ]
        second = [
            _span(match)
            for match in _TRACK_2.finditer(scan.lower)
            if (match.group(1) and match.group(4)) or _valid(match.group(2))
        ]
        # A reader gives both in a row: one secret.
        rest = dict(second)
        for start, end in first:
            yield scan.candidate("TRACK", start, rest.pop(end, end), self.id, 0.95)
        for start, end in rest.items():
            yield scan.candidate("TRACK", start, end, self.id, 0.95)


def _span(match: re.Match[str]) -> tuple[int, int]:
    return match.start(), match.start() + len(match.group().rstrip())


def _valid(number: str) -> bool:
    return is_card_number(number.replace(" ", "").replace("-", ""))
