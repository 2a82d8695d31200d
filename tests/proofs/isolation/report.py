"""What a run has tried and what came of it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.support.progress import say

# (route, method, position, kind of id, actor): what makes a probe a probe of its own.
Cell = tuple[str, str, str, str, str]


@dataclass
class Report:
    """Probes by cell; cells that have no probe, or none that could have failed; leaks and oracles."""

    probes: set[Cell] = field(default_factory=set)
    uncovered: dict[Cell, str] = field(default_factory=dict)
    leaks: dict[Cell, str] = field(default_factory=dict)
    oracles: dict[Cell, str] = field(default_factory=dict)
    controls: int = 0

    def probed(self, cell: Cell, *, leak: str = "", oracle: str = "") -> None:
        """Count a probe and what it found."""
        self.probes.add(cell)
        if leak:
            self.leaks[cell] = leak
        if oracle:
            self.oracles[cell] = oracle

    def add(self, other: "Report") -> None:
        """Take over what another process has found."""
        self.probes |= other.probes
        self.uncovered |= other.uncovered
        self.leaks |= other.leaks
        self.oracles |= other.oracles
        self.controls += other.controls

    @property
    def cells(self) -> int:
        return len(self.probes | self.uncovered.keys())

    def figures(self) -> dict[str, Any]:
        return {
            "probes": len(self.probes), "cells": self.cells, "cells_uncovered": len(self.uncovered),
            "leaks": len(self.leaks), "oracles": len(self.oracles), "controls": self.controls,
        }  # fmt: skip

    def told(self) -> dict[str, Any]:
        """Say line by line what is not as it must be, and return the figures."""
        for line in self.lines():
            say(line)
        return self.figures() | {"ok": not (self.uncovered or self.leaks or self.oracles)}

    def lines(self) -> list[str]:
        found = []
        for name, cells in (("LEAK", self.leaks), ("ORACLE", self.oracles), ("UNCOVERED", self.uncovered)):
            found += [f"{name} {' | '.join(cell)}: {why}" for cell, why in sorted(cells.items())]
        return found

    def by_position(self) -> dict[str, int]:
        return dict(Counter(cell[2].partition(":")[0] for cell in self.probes))
