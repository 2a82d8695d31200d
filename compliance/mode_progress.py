"""How far a switch is, and its last step: on once everything stored is scanned, off once its day has come.

A worker killed anywhere leaves a state that the next pass goes on from: each step is one transaction.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import mode_certificate, mode_steps, rescan, rule_sets
from compliance.models import JobKind, JobNote, JobRun, JobState, ModeSwitch, SwitchEnd
from compliance.models.mode import ASKED_FOR
from tenants import policies
from tenants.actors import Actor
from tenants.models import ModeState, Tenant, TenantStatus
from tenants.policy_rows.row import MODES, Mode
from tenants.scoping import tenant_scope

#: Until then another process may store by the rules it knew; what it stored is seen as outdated after that.
SETTLES_AFTER: Final = timedelta(seconds=2 * rule_sets.LIFETIME_S)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the re-scan of a mode that is being switched on has come. Never 100: then it is on."""

    percent: int
    looked_at: int
    total: int
    failed: int
    is_paused: bool
    waits_for_keys: bool


def progress(switch: ModeSwitch) -> Progress:
    """Return it, from the newest re-scan: no count over all that is stored. Inside the tenant's scope."""
    runs = JobRun.objects.filter(kind=JobKind.RESCAN, moved_at__gte=switch.asked_at)
    run: JobRun | None = runs.order_by("-started_at", "-id").first()
    if run is None:
        return Progress(0, 0, 0, 0, is_paused=False, waits_for_keys=False)
    return Progress(
        min(99, run.percent), run.looked_at, run.total, run.failed,
        is_paused=run.state == JobState.PAUSED, waits_for_keys=run.note == JobNote.KEYS,
    )  # fmt: skip


def advance(tenant_id: UUID, *, now: datetime) -> list[tuple[Mode, ModeState]]:
    """Take every step that is due; return what is so now. Repeated, or in two workers at once, it changes nothing."""
    done: list[tuple[Mode, ModeState]] = []
    for mode in MODES:
        with tenant_scope(tenant_id):
            tenant = Tenant.objects.select_for_update().get(id=tenant_id)
            if tenant.status != TenantStatus.ACTIVE:
                return done
            state = mode_steps.state_of(tenant, mode)
            if state == ModeState.ENABLING and _comes_on(tenant, mode, now):
                done.append((mode, ModeState.ON))
            elif state == ModeState.DISABLING and (after := _ends(tenant, mode, now)):
                done.append((mode, after))
    return done


def _comes_on(tenant: Tenant, mode: Mode, now: datetime) -> bool:
    switch = mode_steps.open_switch(mode, turns_on=True, lock=True)
    if switch is None or now < switch.asked_at + SETTLES_AFTER or rescan.is_behind(tenant.id):
        return False
    mode_steps.end(switch, SwitchEnd.DONE, now)
    mode_steps.set_state(tenant, mode, ModeState.ON, actor=Actor.system(), now=now)
    mode_certificate.issue(tenant, switch, scanned=_scanned(switch), now=now)
    return True


def _scanned(switch: ModeSwitch) -> mode_certificate.Scanned:
    """What re-scans did since the switch began; one that was running before it is counted with what it did then."""
    counts: Counter[str] = Counter()
    looked_at = changed = 0
    for run in JobRun.objects.filter(kind=JobKind.RESCAN, moved_at__gte=switch.asked_at):
        counts.update(run.counts)
        looked_at, changed = looked_at + run.looked_at, changed + run.changed
    return mode_certificate.Scanned(looked_at, changed, dict(sorted(counts.items())))


def _ends(tenant: Tenant, mode: Mode, now: datetime) -> ModeState | None:
    switch = mode_steps.asked_off(mode, lock=True)
    if switch is None:
        return None
    if switch.due_at is not None and switch.due_at <= now:
        mode_steps.end(switch, SwitchEnd.DONE, now)
        if (begun := mode_steps.open_switch(mode, turns_on=True, lock=True)) is not None:
            mode_steps.end(begun, SwitchEnd.OUTDATED, now)
        others = [one for one in policies.modes_on(tenant) if one != mode]
        mode_steps.set_state(
            tenant, mode, ModeState.OFF, actor=Actor.system(), now=now,
            factors_due_at=tenant.factors_due_at if others else None,
        )  # fmt: skip
        return ModeState.OFF
    if switch.due_at is None and switch.asked_at + ASKED_FOR <= now:
        mode_steps.end(switch, SwitchEnd.LAPSED, now)
        was = ModeState(switch.was)
        mode_steps.set_state(tenant, mode, was, actor=Actor.system(), now=now, taken_back=True)
        return was
    return None
