"""Count what a proposed rule set would mask: in everything stored, then beside the active one on live chats.

Nothing is written but counts. Both go through stored, masked and sealed texts in the worker: what a visitor sends does
not wait for them, and no second copy of what was said exists anywhere.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import job_runs, pace, proposals, registry
from compliance.models import JobKind, JobNote, JobRun, JobState, ProposalState, RuleSetProposal
from compliance.pace import Pace
from compliance.registry import Place, RecordStore, Rescanned
from compliance.store_walk import walk_on
from helpdesk.core import clock
from helpdesk.core.ids import uuid7_at
from tenants.kms import KeyProviderError
from tenants.scoping import tenant_scope

#: Texts of one pass over live chats, for each store; of more than that it is a sample. Bounds what it costs.
SHADOW_LIMIT: Final = 300
#: Between two passes.
SHADOW_EVERY_S: Final = 10
#: A transaction may take so long from when its rows are named to when they are seen.
SETTLED_AFTER: Final = timedelta(seconds=5)
#: Nobody decided: the counts stay, the counting ends.
SHADOW_ENDS_AFTER: Final = timedelta(days=7)


def state_of(tenant_id: UUID) -> str:
    """Return how far the open proposal is; nothing where there is none."""
    with tenant_scope(tenant_id):
        proposal = proposals.open_proposal()
    return "" if proposal is None else str(proposal.state)


def dry_run(
    tenant_id: UUID,
    *,
    now: Callable[[], datetime] = clock.now,
    batch_size: int = pace.BATCH,
    pause: Callable[[float], None] = time.sleep,
) -> JobRun | None:
    """Count what the open proposal would mask in everything that is stored.

    Returns:
        The run: finished, or with a note why it waits. None when nothing is to be counted or another is at it.
    """
    with tenant_scope(tenant_id):
        proposal = proposals.open_proposal()
        if proposal is None or proposal.state != ProposalState.COUNTING:
            return None
        run = job_runs.start(JobKind.DRY_RUN, now=now())
        if run is None:
            return None
        if proposal.dry_run_id != run.id:
            # Of a proposal that was dropped: this one begins at the beginning.
            _begin_dry_run(run, proposal)
        policy = proposals.policy_of(proposal)

    def step(locked: JobRun, store: RecordStore, place: Place | None, limit: int) -> Rescanned:
        return store.try_out(policy=policy, after=place, limit=limit)

    try:
        walk_on(tenant_id, run, step, now=now, pace=Pace(batch_size, pause))
        with job_runs.batch(tenant_id, run, now=now()) as locked:
            job_runs.finish(locked, now=now())
            RuleSetProposal.objects.filter(id=proposal.id, state=ProposalState.COUNTING).update(
                state=ProposalState.COUNTED
            )
    except job_runs.LostRunError:
        return None
    except KeyProviderError:
        job_runs.wait(tenant_id, run, JobNote.KEYS, now=now())
        run.note = JobNote.KEYS
        return run
    return locked


def _begin_dry_run(run: JobRun, proposal: RuleSetProposal) -> None:
    job_runs.begin_anew(run, None)
    run.looked_at = run.changed = run.worked_ms = 0
    run.counts = {}
    run.total = sum(store.count_texts() for store in registry.stores())
    run.save()
    RuleSetProposal.objects.filter(id=proposal.id).update(dry_run=run)


def shadow_pass(tenant_id: UUID, *, now: datetime) -> bool:
    """Count what the open proposal would mask in what was said since the pass before; whether there is a next one."""
    with tenant_scope(tenant_id):
        run = JobRun.objects.select_for_update().filter(kind=JobKind.SHADOW, state=JobState.RUNNING).first()
        proposal = proposals.open_proposal()
        if run is None or proposal is None or proposal.shadow_run_id != run.id:
            return False
        if now < run.moved_at + timedelta(seconds=SHADOW_EVERY_S / 2):
            return False  # another chain of passes is at it
        run.moved_at = now
        if now > run.started_at + SHADOW_ENDS_AFTER:
            job_runs.finish(run, now=now)
            RuleSetProposal.objects.filter(id=proposal.id).update(state=ProposalState.COUNTED)
        else:
            _count_recent(run, proposal, now)
        run.save()
    return bool(run.state == JobState.RUNNING)


def _count_recent(run: JobRun, proposal: RuleSetProposal, now: datetime) -> None:
    since, until = run.cursor or uuid7_at(run.started_at), uuid7_at(now - SETTLED_AFTER)
    if until <= since:
        return
    begun, policy = time.monotonic(), proposals.policy_of(proposal)
    try:
        done = [
            store.try_out_recent(policy=policy, after=since, until=until, limit=SHADOW_LIMIT)
            for store in registry.stores()
        ]
    except KeyProviderError:
        run.note = JobNote.KEYS
        return
    run.note, run.cursor = "", until
    for one in done:
        job_runs.add(run, looked_at=one.looked_at, changed=one.changed, counts=one.counts)
        run.failed += one.failed
    run.worked_ms += round((time.monotonic() - begun) * 1000)
