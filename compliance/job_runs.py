"""Runs of recurring jobs: one at a time per organisation and kind, taken up again after a crash.

A run is a row. Every batch locks it first, does its work and moves the row on, all in one transaction: a batch is
counted exactly if it was done, and a worker that was thought dead and is not stops at its next batch.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance.lost_jobs import is_lost
from compliance.models import UNDER_WAY, JobKind, JobNote, JobRun, JobState
from tenants.scoping import current_tenant_id, tenant_scope

# A batch takes a second or two. A run that has not moved for this long has no worker any more.
STALE_AFTER: Final = timedelta(minutes=1)


class LostRunError(Exception):
    """Another worker has taken the run up, or ended it."""


def start(kind: JobKind, *, now: datetime, rule_set_number: int | None = None) -> JobRun | None:
    """Return a new run, or one that was cut short; None while another worker is at it, or it is paused.

    Call it inside the tenant's scope.
    """
    run = JobRun.objects.select_for_update().filter(kind=kind, state__in=UNDER_WAY).first()
    if run is not None:
        return _taken_up(run, now, rule_set_number)
    try:
        with transaction.atomic():
            return JobRun.objects.create(
                tenant_id=current_tenant_id(), kind=kind, rule_set_number=rule_set_number, started_at=now, moved_at=now
            )
    except IntegrityError:
        return None  # started by another worker at the same moment


@contextmanager
def batch(tenant_id: UUID, run: JobRun, *, now: datetime) -> Iterator[JobRun]:
    """Open the tenant's scope for one batch, with the run's row locked and moved on.

    Raises:
        LostRunError: The run is not this worker's any more.
    """
    with tenant_scope(tenant_id):
        locked = JobRun.objects.select_for_update().filter(id=run.id, state=JobState.RUNNING).first()
        if locked is None or locked.moved_at != run.moved_at:
            raise LostRunError
        # Two batches within one tick of the clock must still be told apart.
        locked.moved_at = max(now, locked.moved_at + timedelta(microseconds=1))
        locked.note = ""
        yield locked
        locked.save()
    run.moved_at = locked.moved_at


def add(run: JobRun, *, looked_at: int, changed: int, counts: Mapping[str, int]) -> None:
    """Add a batch to what the run has counted. The caller's batch saves it."""
    run.looked_at += looked_at
    run.changed += changed
    run.counts = {name: run.counts.get(name, 0) + counts.get(name, 0) for name in sorted({*run.counts, *counts})}


def finish(run: JobRun, *, now: datetime) -> None:
    """Mark the run as done. The caller's batch saves it."""
    run.state, run.finished_at = JobState.DONE, now


def begin_anew(run: JobRun, rule_set_number: int | None) -> None:
    """Let a run begin at its beginning: the rules changed, or what failed is tried again. The caller saves it."""
    run.rule_set_number, run.cursor_store, run.cursor, run.cursor_number = rule_set_number, "", None, None
    run.failed = 0


def wait(tenant_id: UUID, run: JobRun, note: JobNote, *, now: datetime) -> None:
    """Say why a run does not move, and leave it to whoever comes next."""
    with tenant_scope(tenant_id):
        mine = JobRun.objects.filter(id=run.id, state=JobState.RUNNING, moved_at=run.moved_at)
        mine.update(note=note, moved_at=now - STALE_AFTER)


def set_state(kind: JobKind, before: JobState, after: JobState, *, now: datetime) -> JobRun | None:
    """Pause a run, let it go on or stop it; None when there is none in that state. Inside the tenant's scope.

    Its worker notices at its next batch. One that goes on is free to be taken up at once.
    """
    run = JobRun.objects.select_for_update().filter(kind=kind, state=before).first()
    if run is None:
        return None
    run.state = after
    if after == JobState.RUNNING:
        run.moved_at = now - STALE_AFTER
    if after in {JobState.STOPPED, JobState.DONE}:
        run.finished_at = now
    run.save(update_fields=["state", "moved_at", "finished_at"])
    return run


def is_free(run: JobRun, *, now: datetime) -> bool:
    """Whether a run waits for whoever takes it up: it is to go on, and nobody is at it."""
    return run.state == JobState.RUNNING and is_lost(run.moved_at, STALE_AFTER, now=now)


def _taken_up(run: JobRun, now: datetime, rule_set_number: int | None) -> JobRun | None:
    if not is_free(run, now=now):
        return None
    run.moved_at = now
    if run.rule_set_number != rule_set_number:
        # The rules changed while it lay: begin again, or texts between the old place and the start stay behind.
        begin_anew(run, rule_set_number)
    run.save()
    return run
