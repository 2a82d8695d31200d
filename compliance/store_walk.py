"""Go through everything that stores masked texts, batch by batch, as one run of a job."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from compliance import job_runs, registry
from compliance.models import JobRun, RecordClass
from compliance.pace import Pace
from compliance.registry import Place, RecordStore, Rescanned

Step = Callable[[JobRun, RecordStore, Place | None, int], Rescanned]


def walk_on(tenant_id: UUID, run: JobRun, step: Step, *, now: Callable[[], datetime], pace: Pace) -> None:
    """Do batch after batch from where the run stands until there is nothing left.

    Raises:
        LostRunError: Another worker has it, or it was paused.
        KeyProviderError: The organisation's keys are out of reach. The batch was not done.
    """
    while _batch(tenant_id, run, step, now(), pace):
        pace.rest()


def _batch(tenant_id: UUID, run: JobRun, step: Step, now: datetime, pace: Pace) -> bool:
    with job_runs.batch(tenant_id, run, now=now) as locked:
        store = _in_hand(locked)
        if store is None:
            return False
        done = step(locked, store, _place(locked), pace.limit(now))
        # What is tried again was counted when it was looked at first.
        looked_at = done.looked_at if locked.passes == 1 else 0
        job_runs.add(locked, looked_at=looked_at, changed=done.changed, counts=done.counts)
        locked.failed += done.failed
        locked.worked_ms += pace.worked_ms()
        _move(locked, store, done.place)
    return True


def _in_hand(run: JobRun) -> RecordStore | None:
    """The store in the middle of which the run stands, or the one after that it has done."""
    if run.cursor is not None and run.cursor_store:
        return registry.store_of(RecordClass(run.cursor_store))
    return registry.store_after(run.cursor_store)


def _place(run: JobRun) -> Place | None:
    if run.cursor is None or run.cursor_number is None or not run.cursor_store:
        return None
    return Place(number=run.cursor_number, id=run.cursor)


def _move(run: JobRun, store: RecordStore, place: Place | None) -> None:
    run.cursor_store = str(store.record_class)
    # At a store's end the place is cleared: the next one begins at its own beginning.
    run.cursor = None if place is None else place.id
    run.cursor_number = None if place is None else place.number
