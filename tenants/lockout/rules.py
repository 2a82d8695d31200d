"""After how many failed sign-ins a name is locked, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final


@dataclass(frozen=True, slots=True)
class LockRule:
    """So many failures, each within `minutes` of the one before, lock a name for `minutes` (PCI DSS 8.3.4)."""

    attempts: int
    minutes: int

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)


USUAL: Final = LockRule(6, 30)
LONGEST: Final = timedelta(hours=1)


def rule_for(email: str) -> LockRule:
    """Return the rule for whoever has an address, or seems to."""
    return USUAL
