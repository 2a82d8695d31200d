"""Names known from the contact's own profile. The engine guesses no names."""

import re
from collections.abc import Iterator

from compliance.masking.findings import Candidate
from compliance.masking.fold import fold
from compliance.masking.scan import Scan

_MIN_LENGTH = 3


class NameDetector:
    """The full name, and each part of it of three letters or more."""

    id = "name"
    entities = ("NAME",)

    def find(self, scan: Scan) -> Iterator[Candidate]:
        """Occurrences of the known names in one view."""
        for name in scan.context.names:
            folded = fold(name).text.lower().strip()
            parts = [part for part in folded.split() if len(part) >= _MIN_LENGTH]
            for known in dict.fromkeys([folded, *parts]):
                if len(known) < _MIN_LENGTH:
                    continue
                for match in re.finditer(rf"(?<![a-z0-9]){re.escape(known)}(?![a-z0-9])", scan.lower):
                    yield scan.candidate("NAME", match.start(), match.end(), self.id, 0.8)
