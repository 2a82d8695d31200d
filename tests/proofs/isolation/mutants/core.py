"""A mutant, its own probes, and the judge: caught is one whose probes held before and do not hold with it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

Holds = Callable[[], bool]


@dataclass(frozen=True)
class Mutant:
    """A fence without one of its parts, while `missing` is entered."""

    family: str
    name: str
    missing: Callable[[], AbstractContextManager[Any]]
    probes: Sequence[Holds]


@dataclass
class Verdict:
    """How many were tried, and which went unnoticed."""

    tried: int = 0
    caught: int = 0
    survivors: list[str] = field(default_factory=list)
    by_family: dict[str, list[int]] = field(default_factory=dict)

    def judge(self, mutants: Sequence[Mutant]) -> None:
        for mutant in mutants:
            self.tried += 1
            counts = self.by_family.setdefault(mutant.family, [0, 0])
            counts[0] += 1
            why = self.unnoticed(mutant)
            if why:
                self.survivors.append(f"{mutant.family}: {mutant.name}: {why}")
            else:
                self.caught += 1
                counts[1] += 1

    def unnoticed(self, mutant: Mutant) -> str:
        """Say why a mutant does not count as caught; nothing if it does."""
        if not mutant.probes:
            return "it has no probe"
        if not all(probe() for probe in mutant.probes):
            return "a probe of it fails before anything is missing"
        with mutant.missing():
            noticed = not all(probe() for probe in mutant.probes)
        if not all(probe() for probe in mutant.probes):
            return "what was missing was not put back"
        return "" if noticed else "its probes still hold"
