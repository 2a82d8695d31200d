"""What the figures of evidence have to keep."""

from typing import Final

from tests.proofs.measured import Bounds

BOUNDS: Final[Bounds] = {
    "identical": ("true", lambda same: same is True),
    "verified_offline": ("true", lambda is_good: is_good is True),
    "alterations": ("at least 200", lambda count: count >= 200),
    "unfound": ("0", lambda count: count == 0),
    "mutants_survived": ("none", lambda names: not names),
}
