"""What a page has to tell, and to do, for who came through the gate: made of the facts that were judged."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from tenants.gate.checks import Refusal, Visit, device_rule, lengths
from tenants.gate.facts import Facts
from tenants.permissions import may
from tenants.places.rule import trial_until
from tenants.policy_names import ENROLLED_DEVICE
from tenants.roles import Capability

#: So long before a course lapses, every page says so.
TOLD_BEFORE: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Briefing:
    """For the templates, as `request.briefing`.

    `idle_s`: seconds without anybody active until the page locks itself; it warns before.
    `must_prove`: whether the page proves, again and again, which browser it is in.
    `trial_until`, `place_due_at`: of whoever can do something about them: when a new address rule ends unless it is
    confirmed, and by when a mode wants networks or browsers limited.
    `training_due_at`: when the member's training lapses, where that is near or over.
    `waived`: why they would have been turned away from any page but the one that puts it right.
    """

    idle_s: int
    must_prove: bool = False
    trial_until: datetime | None = None
    place_due_at: datetime | None = None
    training_due_at: datetime | None = None
    waived: Refusal | None = None


def briefing_of(facts: Facts, visit: Visit, *, waived: Refusal | None = None) -> Briefing:
    """Return what to tell at this visit."""
    membership = visit.membership
    decides = may(membership, Capability.MANAGE_SIGN_IN)
    idle_s, _ = lengths(membership.tenant, facts.choices)
    is_soon = facts.training_due is not None and facts.training_due <= visit.now + TOLD_BEFORE.total_seconds()
    return Briefing(
        idle_s=idle_s,
        must_prove=device_rule(facts, membership.tenant) == ENROLLED_DEVICE,
        trial_until=_as_time(trial_until(facts.address_rules, visit.now)) if decides else None,
        place_due_at=_as_time(facts.place_due_at) if decides else None,
        training_due_at=_as_time(facts.training_due) if is_soon else None,
        waived=waived,
    )


def _as_time(moment: float | None) -> datetime | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC)
