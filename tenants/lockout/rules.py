"""After how many failed sign-ins a name is locked, and for how long."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Self

from tenants.lockout.names import failure_key
from tenants.models import Tenant, User
from tenants.policies import strictest_of
from tenants.policy_names import LOCKOUT
from tenants.policy_table import POLICIES
from tenants.selectors import memberships_of


@dataclass(frozen=True, slots=True)
class LockRule:
    """So many failures, each within `minutes` of the one before, lock a name for `minutes` (PCI DSS 8.3.4)."""

    attempts: int
    minutes: int

    @classmethod
    def of(cls, value: str) -> Self:
        """Return the rule of a value of the policy table, such as `6/30`."""
        attempts, _, minutes = value.partition("/")
        return cls(int(attempts), int(minutes))

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return f"{self.attempts}/{self.minutes}"


VALUES: Final = tuple(POLICIES[LOCKOUT].values)
USUAL: Final = LockRule.of(POLICIES[LOCKOUT].default)
LONGEST: Final = max(LockRule.of(value).lasts for value in VALUES)
# What an unknown address is locked by: mostly as usual, and often enough by a rule that an organisation can choose, so
# that such a rule does not tell that an address belongs to someone.
_SEEMING: Final = (*VALUES, POLICIES[LOCKOUT].default)


def rule_for(email: str) -> LockRule:
    """Return the rule for an address: the strictest of its owner's organisations, or one that it seems to have."""
    person = User.objects.with_email(email).first()
    if person is None:
        return LockRule.of(_SEEMING[int(failure_key(email)[-8:], 16) % len(_SEEMING)])
    tenants = Tenant.objects.filter(id__in=[each.tenant_id for each in memberships_of(person)])
    return LockRule.of(strictest_of(tenants, [LOCKOUT])[LOCKOUT])
