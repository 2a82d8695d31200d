"""The retention purge: what an organisation has decided to keep no longer goes, in bounded batches."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import audit, audit_events, job_runs, registry
from compliance.models import JobKind, JobRun, RecordClass, RetentionPolicy
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policies import modes_on
from tenants.policy_table import MODES, Mode
from tenants.scoping import current_tenant_id, tenant_scope

BATCH: Final = 100
PAUSE_S: Final = 0.05
#: The longest that a mode lets chats be kept, in days; None: as long as was decided, but decided it is.
LONGEST: Final[Mapping[Mode, int | None]] = {"hipaa": None, "pci": 365}
CLAUSES: Final[Mapping[Mode, str]] = {"hipaa": "45 CFR 164.310(d)(2)(i)", "pci": "PCI DSS 3.2.1"}


def keep_days(record_class: RecordClass) -> int | None:
    """Return how many days a class is kept: what was chosen, within what a mode allows; None without an end.

    Call it inside the tenant's scope.
    """
    days = chosen_days(record_class)
    longest = [most for mode in _modes() if (most := LONGEST[mode]) is not None]
    return min([*longest, *([] if days is None else [days])], default=None)


def chosen_days(record_class: RecordClass) -> int | None:
    """Return how many days were chosen, None without a policy. Call it inside the tenant's scope."""
    policy = RetentionPolicy.objects.filter(record_class=record_class).first()
    return None if policy is None else int(policy.keep_days)


def held_by(tenant: Tenant, days: int | None) -> tuple[Mode, ...]:
    """Return the modes under which a class can't be kept for so long."""
    return tuple(
        mode for mode in modes_on(tenant) if days is None or ((most := LONGEST[mode]) is not None and days > most)
    )


def held_words(held: tuple[Mode, ...]) -> str:
    """Return what holds it and by which clause, for people."""
    return " and ".join(
        f"{MODES[mode]} ({CLAUSES[mode]}: {f'{most} days at most' if (most := LONGEST[mode]) else 'decided'})"
        for mode in held
    )


def _modes() -> tuple[Mode, ...]:
    return modes_on(Tenant.objects.only("hipaa_state", "pci_state").get(id=current_tenant_id()))


def purge_expired(
    tenant_id: UUID,
    *,
    now: Callable[[], datetime] = clock.now,
    batch_size: int = BATCH,
    pause: Callable[[float], None] = time.sleep,
) -> JobRun | None:
    """Erase what is past its time. Killed at any point and run again, it ends the same.

    Each batch is a transaction of its own, with its counts. Without a policy nothing happens and no run is noted.

    Returns:
        The finished run; None when there is no policy, or another worker is at it.
    """
    with tenant_scope(tenant_id):
        if all(keep_days(store.record_class) is None for store in registry.stores()):
            return None
        run = job_runs.start(JobKind.PURGE, now=now())
    if run is None:
        return None
    try:
        for store in registry.stores():
            while _purge_batch(tenant_id, run, store, now(), batch_size):
                pause(PAUSE_S)
        return _end(tenant_id, run, now())
    except job_runs.LostRunError:
        return None


def _purge_batch(tenant_id: UUID, run: JobRun, store: registry.RecordStore, now: datetime, limit: int) -> bool:
    """Do one batch; return whether there may be more. The policy is read anew: it may have changed meanwhile."""
    with job_runs.batch(tenant_id, run, now=now) as locked:
        days = keep_days(store.record_class)
        if days is None:
            return False
        erased = store.erase_expired(before=now - timedelta(days=days), limit=limit)
        job_runs.add(locked, looked_at=erased.records, changed=erased.records, counts=erased.counts)
    return erased.records > 0


def _end(tenant_id: UUID, run: JobRun, now: datetime) -> JobRun:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        job_runs.finish(locked, now=now)
        audit.record(Actor.system(), audit_events.RETENTION_PURGED, locked, at=now, **locked.counts)
    return locked
