"""What the figures of the audit trail have to keep."""

from typing import Final

from tests.proofs.measured import Bounds

BOUNDS: Final[Bounds] = {
    "tamperings": ("at least 1,000", lambda count: count >= 1_000),
    "undetected": ("0", lambda count: count == 0),
    "verify_per_s": ("at least 50,000", lambda speed: speed >= 50_000),
    "routes_without_entry": ("0", lambda count: count == 0),
    "overhead_ms": ("at most 1", lambda spent: spent <= 1.0),
}
