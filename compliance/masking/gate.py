"""Which detectors are worth running: one pass of an RE2 set, about a microsecond for clean text.

Level one asks whether there is anything at all. Level two names the detectors.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import re2

_MAX_MEMORY_BYTES: Final = 64 << 20


class PatternSet:
    """Patterns matched all at once; `fired` gives the indices of those that occur."""

    def __init__(self, sources: Iterable[str]) -> None:
        options = re2.Options()
        options.max_mem = _MAX_MEMORY_BYTES
        options.log_errors = False
        self.sources: Sequence[str] = tuple(dict.fromkeys(sources))
        self._set: Any = re2.Set.SearchSet(options)
        for source in self.sources:
            self._set.Add(source)
        self._set.Compile()

    def any_in(self, lower: str) -> bool:
        """Whether any of them occurs."""
        return bool(self._set.Match(lower))

    def fired(self, lower: str) -> list[int]:
        """Indices into `sources`."""
        found: list[int] | None = self._set.Match(lower)
        return found or []
