"""Modes switched on and off for tests, by the steps that people take, without waiting for them."""

from datetime import date, datetime
from typing import Any, Final
from uuid import uuid4

from compliance import mode_progress
from compliance.actions import modes
from compliance.mode_progress import SETTLES_AFTER
from compliance.models import ModeSwitch, RecordClass, RetentionPolicy, SwitchEnd
from compliance.models.mode import NOTICE
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.policy_rows.row import Mode
from tenants.scoping import tenant_scope

AGREED: Final[dict[str, Any]] = {"agreement": "Contracts, folder seven", "agreed_on": date(2026, 1, 2)}


def decide_retention(tenant: Tenant, now: datetime, days: int = 90) -> None:
    """What has to be decided before a mode, unless it is."""
    with tenant_scope(tenant):
        if not RetentionPolicy.objects.filter(record_class=RecordClass.CONVERSATION).exists():
            RetentionPolicy.objects.create(
                tenant=tenant, record_class=RecordClass.CONVERSATION, keep_days=days, changed_at=now
            )


def begin(tenant: Tenant, mode: Mode, actor: Actor, now: datetime, reason: str = "A clinic signed up") -> ModeSwitch:
    """Begin to switch a mode on: its floors hold."""
    decide_retention(tenant, now)
    switch = modes.switch_on(tenant=tenant, mode=mode, reason=reason, actor=actor, now=now, **AGREED)
    assert switch is not None, "it was on already"
    return switch


def switch_mode(*, tenant: Tenant, mode: Mode, on: bool, reason: str, actor: Actor, now: datetime) -> Tenant:
    """Switch a mode on, as far as what is stored lets it be, or off with a day gone by and somebody who agreed."""
    if on:
        begin(tenant, mode, actor, now, reason)
        mode_progress.advance(tenant.id, now=now + SETTLES_AFTER)
    else:
        modes.ask_off(tenant=tenant, mode=mode, reason=reason, actor=actor, now=now)
        with tenant_scope(tenant):
            asked = ModeSwitch.objects.filter(mode=mode, turns_on=False, ended_at=None)
            asked.update(approved_person=uuid4(), approved_at=now, due_at=now + NOTICE)
        mode_progress.advance(tenant.id, now=now + NOTICE)
    return Tenant.objects.get(id=tenant.id)


def cut_short(tenant: Tenant, mode: Mode) -> None:
    """Write that a mode is off by the way the database lets it: for what comes after a measure."""
    with tenant_scope(tenant):
        ModeSwitch.objects.filter(mode=mode, ended_at=None).update(ended_at=clock.now(), ended_as=SwitchEnd.WITHDRAWN)
    for state in (ModeState.DISABLING, ModeState.OFF):
        Tenant.objects.filter(id=tenant.id).update(**{f"{mode}_state": state})
