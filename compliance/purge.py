"""The retention purge: what is past its time goes, in bounded batches; what a legal hold covers stays.

A run is one row (`compliance.job_runs`), so two are never at it at once, and one that was killed is taken up again. It
judges by the instant at which its worker began, so a clock that jumps meanwhile moves nothing; and with a clock that is
wrong from the start nothing goes.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from compliance import audit, audit_events, job_runs, registry, retention
from compliance.disposal_lock import disposing
from compliance.models import UNDER_WAY, JobKind, JobRun
from compliance.registry import Erased, Expiring, Mark
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.keyring import skew
from tenants.models import Tenant
from tenants.scoping import tenant_scope

BATCH: Final = 100
PAUSE_S: Final = 0.05
#: What somebody was busy with is looked at again by another pass; what is then left, by the next night's run.
PASSES: Final = 3


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
        The finished run; None when nothing has a time, another worker is at it, or the clock is wrong.
    """
    if not skew.clock_is_right():
        return None
    began = now()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(id=tenant_id)
        if not (cutoffs := retention.cutoffs(tenant, at=began)):
            return None
        run = job_runs.start(JobKind.PURGE, now=began)
        if run is not None and not run.total:
            run.total = sum(each.expected(cutoffs=cutoffs).records for each in registry.expiring())
            run.save(update_fields=["total"])
    if run is None:
        return None
    purge = _Purge(tenant_id, run, began, now, batch_size, pause)
    try:
        for expiring in registry.expiring():
            purge.go_through(expiring)
        return _end(tenant_id, run, now())
    except job_runs.LostRunError:
        return None


def is_cut_short(tenant_id: UUID, *, now: datetime) -> bool:
    """Whether there is a run that nobody is at any more."""
    with tenant_scope(tenant_id):
        run = JobRun.objects.filter(kind=JobKind.PURGE, state__in=UNDER_WAY).first()
    return run is not None and job_runs.is_free(run, now=now)


class _Purge:
    """One worker's part of a run."""

    def __init__(
        self,
        tenant_id: UUID,
        run: JobRun,
        began: datetime,
        now: Callable[[], datetime],
        limit: int,
        pause: Callable[[float], None],
    ) -> None:
        self._tenant_id = tenant_id
        self._run = run
        self._began = began
        self._now = now
        self._limit = limit
        self._pause = pause

    def go_through(self, expiring: Expiring) -> None:
        """Pass by everything of a class until a pass finds nothing."""
        for _ in range(PASSES):
            went, place = 0, None
            while True:
                erased = self._batch(expiring, place)
                went += erased.records
                if erased.records:
                    self._pause(PAUSE_S)
                if (place := erased.place) is None:
                    break
            if not went:
                return

    def _batch(self, expiring: Expiring, after: Mark | None) -> Erased:
        """Do one batch. The policy is read anew: it may have changed meanwhile."""
        with job_runs.batch(self._tenant_id, self._run, now=self._now()) as locked:
            disposing()
            tenant = Tenant.objects.get(id=self._tenant_id)
            before = retention.cutoffs(tenant, at=self._began).get(expiring.record_class)
            if before is None:
                return Erased(0)
            erased = expiring.erase_expired(before=before, limit=self._limit, after=after)
            job_runs.add(locked, looked_at=erased.records, changed=erased.records, counts=erased.counts)
        return erased


def _end(tenant_id: UUID, run: JobRun, now: datetime) -> JobRun:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        job_runs.finish(locked, now=now)
        audit.record(Actor.system(), audit_events.RETENTION_PURGED, locked, at=now, **locked.counts)
    return locked
