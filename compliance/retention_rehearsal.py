"""What a purge would remove, before it does: by what is in force, or by what somebody has in mind."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from compliance import registry, retention, trail_expiry
from compliance.models import RecordClass
from compliance.nightly import next_purge
from compliance.retention import Chosen
from tenants.models import Tenant

#: Nights after the next one that are looked at too.
LATER: Final = (timedelta(0), timedelta(days=7), timedelta(days=30))


@dataclass(frozen=True, slots=True)
class Night:
    """What has gone after the run of one night, if nothing happens until then.

    `lines` are per class with how many records go and how many are held back; `rows` per kind of row.
    """

    at: datetime
    lines: list[tuple[RecordClass, int, int]]
    rows: dict[str, int]
    #: Audit entries that are past their time, which all stay under a hold.
    entries: int = 0
    entries_held: int = 0

    @property
    def goes(self) -> int:
        return sum(records for _, records, _ in self.lines)

    @property
    def held(self) -> int:
        return sum(held for _, _, held in self.lines)


def rehearse(tenant: Tenant, *, at: datetime, wanted: Chosen | None = None, trail: str | None = None) -> Night:
    """Return what a run at an instant would remove. Call it inside the tenant's scope."""
    cutoffs = retention.cutoffs(tenant, at=at, wanted=wanted)
    lines, rows = [], Counter[str]()
    for expiring in registry.expiring():
        expected = expiring.expected(cutoffs=cutoffs)
        lines.append((expiring.record_class, expected.records, expected.held))
        rows.update(expected.counts)
    entries = trail_expiry.expected(tenant, at=at, value=trail)
    held = entries if trail_expiry.is_held() else 0
    return Night(at, lines, {name: count for name, count in sorted(rows.items()) if count}, entries - held, held)


def rehearse_nights(
    tenant: Tenant, *, now: datetime, wanted: Chosen | None = None, trail: str | None = None
) -> list[Night]:
    """Return what is gone after the next night's run, and after later ones. Call it inside the tenant's scope."""
    first = next_purge(now)
    return [rehearse(tenant, at=first + later, wanted=wanted, trail=trail) for later in LATER]
