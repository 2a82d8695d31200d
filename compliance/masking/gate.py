"""Which detectors are worth running: one pass of an RE2 set, about a microsecond for clean text.

Level one asks whether there is anything at all. Level two names the detectors.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Final

import re2

_MAX_MEMORY_BYTES: Final = 64 << 20


class PatternSet:
    """Patterns matched all at once; `fired` gives the indices of those that occur."""

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources: Sequence[str] = tuple(dict.fromkeys(sources))

    @cached_property
    def _set(self) -> Any:
        """Made when it is asked first: some are for texts that are rare."""
        options = re2.Options()
        options.max_mem = _MAX_MEMORY_BYTES
        options.log_errors = False
        patterns = re2.Set.SearchSet(options)
        for source in self.sources:
            patterns.Add(source)
        patterns.Compile()
        return patterns

    def any_in(self, lower: str) -> bool:
        """Whether any of them occurs."""
        return bool(self._set.Match(lower))

    def fired(self, lower: str) -> list[int]:
        """Indices into `sources`."""
        found: list[int] | None = self._set.Match(lower)
        return found or []
