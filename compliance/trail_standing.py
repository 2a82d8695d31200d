"""How the audit trail and its expiry stand, for the page of retention. Call these inside the tenant's scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from compliance import audit_events, trail_expiry
from compliance.models import AuditEntry
from tenants.models import Tenant
from tenants.policies import Effective, in_force
from tenants.policy_names import AUDIT_KEPT

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class TrailStanding:
    """`expired`: how many have gone so far. `first_at`: when the oldest there is was sealed. `due`: past their time.

    `told`: how many a checkpoint names that are still there. `removals`: the last ones, newest first: when, how many.
    """

    kept: Effective
    expired: int
    first_at: datetime | None
    due: int
    told: int
    is_held: bool
    removals: Sequence[tuple[datetime, int]]


def standing(tenant: Tenant, *, now: datetime) -> TrailStanding:
    """Return how it stands."""
    begin = trail_expiry.begin()
    told = trail_expiry.told_of()
    removed = AuditEntry.objects.filter(event=audit_events.AUDIT_REMOVED).order_by("-at", "-id")[:SHOWN]
    return TrailStanding(
        kept=in_force(tenant, AUDIT_KEPT),
        expired=begin.position,
        first_at=AuditEntry.objects.filter(position=begin.position + 1).values_list("sealed_at", flat=True).first(),
        due=trail_expiry.expected(tenant, at=now),
        told=0 if told is None else int(told.facts["entries"]),
        is_held=trail_expiry.is_held(),
        removals=[(entry.at, int(entry.facts["entries"])) for entry in removed],
    )
