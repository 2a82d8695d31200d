"""A period, and the part of a chain that was sealed in it: it can't grow once an entry is sealed behind its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as of_day
from typing import Final
from uuid import UUID

from compliance import audit_chain, trail_expiry
from compliance.models import AuditEntry, PackFault
from compliance.trail_expiry import Begin
from tenants.scoping import tenant_scope

#: An anchor is kept seconds after the instant it tells of; then what was anchored in a period does not change either.
SETTLES_IN: Final = timedelta(minutes=2)
#: How often another sealer is waited for, and for how long.
TRIES: Final = 40
PAUSE_S: Final = 0.25


class EvidenceError(Exception):
    """No pack can be built; `fault` says why."""

    def __init__(self, fault: PackFault) -> None:
        super().__init__(fault.label)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant on, until before another. An entry is in it if it was sealed in it, a second after its act."""

    begin: datetime
    end: datetime

    @classmethod
    def of_days(cls, first: date, last: date) -> "Period":
        """Return whole days, UTC, the last one included."""
        return cls(
            datetime.combine(first, of_day(), UTC), datetime.combine(last + timedelta(days=1), of_day(), UTC)
        )  # fmt: skip

    def has_settled(self, now: datetime) -> bool:
        """Whether it is over, and no anchor of it is on its way any more."""
        return now >= self.end + SETTLES_IN


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a chain that was sealed in a period: positions, and the hashes before and at its end.

    `expired`: the last entry that has gone by the time it was built; 0 while none has.
    """

    first: int
    through: int
    prior: str
    head: str
    expired: int = 0

    @property
    def entries(self) -> int:
        return self.through - self.first + 1


def settled(tenant_id: UUID, period: Period, *, now: datetime, pause: Callable[[float], None] = time.sleep) -> Slice:
    """Return what was sealed in a period, once nothing can be added to it.

    `sealed_at` never goes back along a chain: with an entry sealed behind the end, such as the one that tells that
    evidence was asked for, what stands before it is final.

    Raises:
        EvidenceError: It is not over, or nothing gets sealed behind it; or entries of it have expired.
    """
    if not period.has_settled(now):
        raise EvidenceError(PackFault.NOT_OVER)
    for _ in range(TRIES):
        audit_chain.seal(tenant_id)
        with tenant_scope(tenant_id):
            newest = AuditEntry.objects.exclude(position=None).order_by("-position").first()
            if newest is not None and newest.sealed_at is not None and newest.sealed_at >= period.end:
                return _slice(period)
        pause(PAUSE_S)
    raise EvidenceError(PackFault.NOT_SEALED)


def _slice(period: Period) -> Slice:
    begin = trail_expiry.begin()
    if begin.last_sealed_at is not None and begin.last_sealed_at >= period.begin:
        # Counted without them, it would say less than was so.
        raise EvidenceError(PackFault.EXPIRED)
    before, prior = _last_sealed_before(begin, period.begin)
    through, head = _last_sealed_before(begin, period.end)
    return Slice(before + 1, through, prior, head, begin.position)


def _last_sealed_before(begin: Begin, instant: datetime) -> tuple[int, str]:
    found = AuditEntry.objects.filter(position__isnull=False, sealed_at__lt=instant).order_by("-position")
    position, hashed = found.values_list("position", "hash").first() or (begin.position, begin.hash)
    return position or 0, hashed
