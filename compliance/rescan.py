"""The masking re-scan: stored texts that older rules let pass are masked by the newest ones."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from compliance import audit, audit_events, job_runs, registry, rule_sets
from compliance.models import JobKind, JobRun
from compliance.rule_sets import RuleSetInForce
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.scoping import tenant_scope

BATCH: Final = 500
# Live chat comes first: leave the database to it between batches.
PAUSE_S: Final = 0.1


def rescan_outdated(
    tenant_id: UUID,
    *,
    now: Callable[[], datetime] = clock.now,
    batch_size: int = BATCH,
    pause: Callable[[float], None] = time.sleep,
) -> JobRun | None:
    """Mask what older rules let pass. It only adds masks; a run cut short goes on where it stopped.

    Returns:
        The finished run; None when every text is up to date, or another worker is at it.
    """
    with tenant_scope(tenant_id):
        rule_set = rule_sets.current(tenant_id)
        if not any(store.has_outdated(rule_set.number) for store in registry.stores()):
            return None
        run = job_runs.start(JobKind.RESCAN, now=now(), rule_set_number=rule_set.number)
    if run is None:
        return None
    try:
        for store in registry.stores():
            while _rescan_batch(tenant_id, run, store, rule_set, now(), batch_size):
                pause(PAUSE_S)
        return _end(tenant_id, run, now())
    except job_runs.LostRunError:
        return None


def _rescan_batch(
    tenant_id: UUID, run: JobRun, store: registry.RecordStore, rule_set: RuleSetInForce, now: datetime, limit: int
) -> bool:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        done = store.rescan(rule_set=rule_set, after=_place(locked), limit=limit, now=now)
        job_runs.add(locked, looked_at=done.looked_at, changed=done.changed, counts=done.counts)
        # At a store's end the place is cleared: the next store begins at its own beginning.
        locked.cursor = None if done.place is None else done.place.id
        locked.cursor_number = None if done.place is None else done.place.number
    return done.place is not None


def _place(run: JobRun) -> registry.Place | None:
    if run.cursor is None or run.cursor_number is None:
        return None
    return registry.Place(number=run.cursor_number, id=run.cursor)


def _end(tenant_id: UUID, run: JobRun, now: datetime) -> JobRun:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        job_runs.finish(locked, now=now)
        facts = {name.lower(): count for name, count in locked.counts.items()}
        audit.record(
            Actor.system(),
            audit_events.MASKING_RESCANNED,
            locked,
            at=now,
            rule_set=locked.rule_set_number,
            looked_at=locked.looked_at,
            changed=locked.changed,
            **facts,
        )
    return locked
