from datetime import timedelta

import pytest

from compliance import job_runs
from compliance.models import JobKind, JobRun, JobState
from tenants.scoping import tenant_scope

pytestmark = pytest.mark.django_db
LONG = job_runs.STALE_AFTER + timedelta(seconds=1)


def start(tenant, now, *, kind=JobKind.RESCAN, number=1):
    with tenant_scope(tenant):
        return job_runs.start(kind, now=now, rule_set_number=number)


def test_while_one_runs_no_other_of_its_kind_starts(acme, globex, now):
    assert start(acme, now) is not None

    assert start(acme, now + timedelta(seconds=30)) is None
    assert start(acme, now, kind=JobKind.PURGE, number=None) is not None
    assert start(globex, now) is not None


def test_a_run_that_has_not_moved_for_long_is_taken_up_where_it_stopped(acme, now):
    run = start(acme, now)
    with job_runs.batch(acme.id, run, now=now) as locked:
        job_runs.add(locked, looked_at=5, changed=2, counts={"CARD": 2})
        locked.cursor, locked.cursor_number = run.id, 1

    again = start(acme, now + LONG)

    assert again.id == run.id
    assert (again.looked_at, again.changed, again.counts, again.cursor) == (5, 2, {"CARD": 2}, run.id)


def test_under_new_rules_a_run_that_is_taken_up_begins_anew(acme, now):
    run = start(acme, now)
    with job_runs.batch(acme.id, run, now=now) as locked:
        locked.cursor, locked.cursor_number = run.id, 1

    again = start(acme, now + LONG, number=2)

    assert (again.rule_set_number, again.cursor, again.cursor_number) == (2, None, None)


def test_a_worker_thought_dead_stops_at_its_next_batch(acme, now):
    lost = start(acme, now)
    taken = start(acme, now + LONG)

    with pytest.raises(job_runs.LostRunError), job_runs.batch(acme.id, lost, now=now + LONG):
        pytest.fail("the batch must not begin")
    with job_runs.batch(acme.id, taken, now=now + LONG) as locked:
        job_runs.finish(locked, now=now + LONG)
    with pytest.raises(job_runs.LostRunError), job_runs.batch(acme.id, taken, now=now + LONG):
        pytest.fail("the run is over")
    with tenant_scope(acme):
        assert JobRun.objects.get().state == JobState.DONE


def test_a_batch_that_fails_counts_nothing(acme, now):
    run = start(acme, now)

    def fails():
        with job_runs.batch(acme.id, run, now=now) as locked:
            job_runs.add(locked, looked_at=5, changed=5, counts={"CARD": 5})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with tenant_scope(acme):
        assert JobRun.objects.get().counts == {}
    with job_runs.batch(acme.id, run, now=now) as locked:
        job_runs.add(locked, looked_at=1, changed=0, counts={})
    with tenant_scope(acme):
        assert JobRun.objects.get().looked_at == 1


def test_two_batches_within_one_tick_of_the_clock_are_told_apart(acme, now):
    run = start(acme, now)
    for _ in range(3):
        with job_runs.batch(acme.id, run, now=now) as locked:
            job_runs.add(locked, looked_at=1, changed=0, counts={})

    assert run.moved_at == now + timedelta(microseconds=3)
