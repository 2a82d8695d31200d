"""What is masked when a detector for personal data failed: too much rather than too little."""

import re
from collections.abc import Iterator
from typing import Final

from compliance.masking.entities import OTHER
from compliance.masking.findings import Candidate
from compliance.masking.scan import Scan

_LONG_NUMBER: Final = re.compile("[0-9](?:[^0-9a-z\ue000]{0,3}[0-9]){6,}")
_WITH_AT: Final = re.compile("[^ \t\n\ue000]*@[^ \t\n\ue000]*")
DETECTOR: Final = "coarse"


def coarse_candidates(scan: Scan) -> Iterator[Candidate]:
    """Every run of seven digits or more, and everything with an @ in it."""
    for pattern in (_LONG_NUMBER, _WITH_AT):
        for match in pattern.finditer(scan.lower):
            yield scan.candidate(OTHER, match.start(), match.end(), DETECTOR, 1.0)
