"""Who must have a second factor, whatever they would like."""

from datetime import timedelta
from typing import Final

from tenants.models import Membership, User
from tenants.policies import choices, effective
from tenants.policy_names import FACTOR_AGENTS
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of

#: After a mode was switched on, agents who have no factor yet may still come in for so long.
GRACE: Final = timedelta(days=7)
OPTIONAL: Final = "optional"


def may_lack_factor(membership: Membership, chosen: str | None, *, now: float) -> bool:
    """Whether a member may sign in by the password alone.

    Args:
        membership: Whose, its tenant filled in.
        chosen: What the organisation has chosen for agents, if anything.
        now: The present, in seconds since 1970.
    """
    if membership.role != Role.AGENT:
        return False
    tenant = membership.tenant
    if effective(tenant, FACTOR_AGENTS, chosen=chosen).value == OPTIONAL:
        return True
    # A mode asks for it since a few days; before it nobody had to.
    due = tenant.factors_due_at
    return chosen == OPTIONAL and due is not None and now < due.timestamp()


def may_go_without(person: User, *, now: float) -> bool:
    """Whether a person may sign in by the password alone to any of their organisations."""
    return not person.is_operator and any(_may_lack(person, now))


def must_have_factor(person: User, *, now: float) -> bool:
    """Whether a person's last factor has to stay: one organisation that asks for it is enough."""
    found = _may_lack(person, now)
    return person.is_operator or not found or not all(found)


def _may_lack(person: User, now: float) -> list[bool]:
    found = []
    for summary in memberships_of(person):
        with tenant_scope(summary.tenant_id):
            membership = Membership.objects.select_related("tenant").get(id=summary.membership_id)
            found.append(may_lack_factor(membership, choices().get(FACTOR_AGENTS), now=now))
    return found
