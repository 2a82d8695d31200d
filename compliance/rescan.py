"""The masking re-scan: stored texts that older rules let pass are masked by the newest ones."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import audit, audit_events, incidents, job_runs, pace, registry, rule_sets
from compliance.models import JobKind, JobNote, JobRun, JobState
from compliance.pace import Pace
from compliance.registry import Place, RecordStore, Rescanned
from compliance.store_walk import walk_on
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.kms import KeyProviderError
from tenants.scoping import tenant_scope

#: How often a run goes through what it could not finish, or what others held.
PASSES: Final = 3
#: Texts that the masker cannot finish are tried again after this, or by the next rule set.
TRIED_AGAIN_AFTER: Final = timedelta(hours=24)


def rescan_outdated(
    tenant_id: UUID,
    *,
    now: Callable[[], datetime] = clock.now,
    batch_size: int = pace.BATCH,
    pause: Callable[[float], None] = time.sleep,
) -> JobRun | None:
    """Mask what older rules let pass. It only adds masks; a run cut short goes on where it stopped.

    Returns:
        The run: finished, or with a note why it waits. None when every text is up to date, another worker is at it,
        or it is paused.
    """
    with tenant_scope(tenant_id):
        number = rule_sets.current(tenant_id).number
        if not _is_wanted(number, now()):
            return None
        run = job_runs.start(JobKind.RESCAN, now=now(), rule_set_number=number)
        if run is not None and not run.total:
            run.total = _outdated(number)
            run.save(update_fields=["total"])
    if run is None:
        return None
    try:
        while not _ends_after_pass(tenant_id, run, now, Pace(batch_size, pause)):
            pass
        return _end(tenant_id, run, now())
    except job_runs.LostRunError:
        return None
    except KeyProviderError:
        job_runs.wait(tenant_id, run, JobNote.KEYS, now=now())
        run.note = JobNote.KEYS
        return run


def is_behind(tenant_id: UUID) -> bool:
    """Whether there are texts that older rules scanned."""
    with tenant_scope(tenant_id):
        return _has_outdated(rule_sets.current(tenant_id).number)


def _is_wanted(number: int, now: datetime) -> bool:
    """Whether there is something to do that was not tried in vain a short while ago."""
    if not _has_outdated(number):
        return False
    last = JobRun.objects.filter(kind=JobKind.RESCAN, state=JobState.DONE).order_by("-started_at", "-id").first()
    if last is None or last.finished_at is None or last.rule_set_number != number or not last.failed:
        return True
    return bool(last.finished_at < now - TRIED_AGAIN_AFTER or _outdated(number) > last.failed)


def _ends_after_pass(tenant_id: UUID, run: JobRun, now: Callable[[], datetime], at_pace: Pace) -> bool:
    """Go through everything that is outdated; return whether there is no use in doing so again."""

    def step(locked: JobRun, store: RecordStore, place: Place | None, limit: int) -> Rescanned:
        rule_set = rule_sets.current(tenant_id)
        if rule_set.number != locked.rule_set_number:
            # The rules changed meanwhile: what this run has scanned is outdated as well.
            job_runs.begin_anew(locked, rule_set.number)
            locked.total, locked.passes = locked.looked_at + _outdated(rule_set.number), 1
            store, place = registry.stores()[0], None
        done = store.rescan(rule_set=rule_set, after=place, limit=limit, now=now())
        incidents.note(locked, done.caught, now=now())
        return done

    walk_on(tenant_id, run, step, now=now, pace=at_pace)
    with job_runs.batch(tenant_id, run, now=now()) as locked:
        left = _outdated(locked.rule_set_number or 0)
        if not left or locked.passes >= PASSES:
            return True
        job_runs.begin_anew(locked, locked.rule_set_number)
        locked.passes += 1
    return False


def _has_outdated(number: int) -> bool:
    return any(store.has_outdated(number) for store in registry.stores())


def _outdated(number: int) -> int:
    return sum(store.count_outdated(number) for store in registry.stores())


def _end(tenant_id: UUID, run: JobRun, now: datetime) -> JobRun:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        job_runs.finish(locked, now=now)
        facts = {name.lower(): count for name, count in locked.counts.items()}
        if locked.failed:
            facts["failed"] = locked.failed
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
