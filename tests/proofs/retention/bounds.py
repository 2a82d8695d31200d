"""What the figures of retention must hold: the keys of the last line, each with its bound."""

from typing import Final

from tests.proofs.measured import Bounds

BOUNDS: Final[Bounds] = {
    "scenarios": ("more than none", lambda value: value > 0),
    "violations": ("none", lambda value: value == 0),
    "kills": ("more than none", lambda value: value > 0),
    "purged_per_min": ("at least 5,000", lambda value: value >= 5_000),
    "mutants_survived": ("none", lambda value: value == 0),
}
