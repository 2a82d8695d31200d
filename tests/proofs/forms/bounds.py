"""What the figures of secure forms must hold: the keys of the last line, each with its bound."""

from typing import Final

from tests.proofs.measured import Bounds

BOUNDS: Final[Bounds] = {
    "rounds": ("at least 10,000", lambda value: value >= 10_000),
    "double_reads": ("none", lambda value: value == 0),
    "values_found": ("none", lambda value: value == 0),
    "destroyed_max_s": ("at most 5 s", lambda value: 0 <= value <= 5),
    "digits_in_traffic": ("none", lambda value: value == 0),
    "unconsented_accepted": ("none", lambda value: value == 0),
    "unsigned_accepted": ("none", lambda value: value == 0),
    "seal_ms": ("at most 20 ms", lambda value: 0 < value <= 20),
}
