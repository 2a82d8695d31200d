"""Random organisations, policies and holds, each run killed and disturbed at random: no promise is broken."""

from typing import Final

from tests.proofs.gate.stage import Figures, Stage
from tests.proofs.retention.scene import play
from tests.support.progress import say

KEYS: Final = ("scenarios", "violations", "kills")
COUNT: Final = 200
SHORT: Final = 12
#: Each run plays the same scenarios: one that fails can be played again.
SEED: Final = 20


def measure(stage: Stage) -> Figures:
    """Play them and count what was broken."""
    count = SHORT if stage.is_short else COUNT
    violations = kills = 0
    for number in range(count):
        found = play(number, SEED)
        for told in found.violations:
            say(f"scenario {number}: {told}")
        violations += len(found.violations)
        kills += found.kills
    return {"scenarios": count, "violations": violations, "kills": kills}
