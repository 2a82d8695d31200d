"""What the figures of the staff gate must hold: the keys of the last line, each with its bound."""

from collections.abc import Mapping
from typing import Any, Final

from tests.proofs import measured
from tests.proofs.measured import Bounds

BOUNDS: Final[Bounds] = {
    # PCI DSS 8.3.4 allows ten.
    "attempts_to_lock": ("at most 6", lambda value: 0 < value <= 6),
    "revocation_p99_s": ("at most 2 s", lambda value: 0 < value <= 2),
    "idle_lock_late_s": ("at most 5 s after the limit", lambda value: 0 <= value <= 5),
    "copied_cookie_accepted": ("none", lambda value: value == 0),
    "matrix_cells": ("more than none", lambda value: value > 0),
    "matrix_wrong": ("none", lambda value: value == 0),
    "overhead_request_ms": ("at most 0.5 ms", lambda value: value <= 0.5),
    "overhead_frame_us": ("at most 20 µs", lambda value: value <= 20),
}


def unmet(figures: Mapping[str, Any]) -> list[str]:
    """Return, in words, which keys are missing or out of their bounds; a figure nobody measured does not hold."""
    return measured.unmet(BOUNDS, figures)
