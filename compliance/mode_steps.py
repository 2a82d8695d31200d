"""The states of a mode, and the one place that writes them: off → enabling → on → disabling → off."""

from datetime import date, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from compliance import audit_events, mode_mail
from compliance.models import ModeSwitch, SwitchEnd
from tenants import policies
from tenants.actors import Actor, ActorKind
from tenants.factor_rules import GRACE
from tenants.models import Membership, ModeState, Tenant
from tenants.policy_rows.row import Mode
from tenants.signals import announce

FIELDS: Final[dict[Mode, str]] = {"hipaa": "hipaa_state", "pci": "pci_state"}
HOLDING: Final = frozenset({ModeState.ENABLING, ModeState.ON})


def begin(
    locked: Tenant, mode: Mode, *, reason: str, agreement: str, agreed_on: date | None, actor: Actor, now: datetime
) -> ModeSwitch:
    """Let a mode's floors hold from now on. In the scope, the organisation's row locked, by who may."""
    before = {one.key: one.value for one in policies.everything_effective(locked)}
    was_free = not policies.modes_on(locked)
    switch: ModeSwitch = ModeSwitch.objects.create(
        tenant_id=locked.id, mode=mode, turns_on=True, was=state_of(locked, mode), reason=reason,
        agreement=agreement, agreed_on=agreed_on, before=before, asked_at=now, **asked_by(actor),
    )  # fmt: skip
    due: dict[str, Any] = {"factors_due_at": now + GRACE} if was_free else {}
    set_state(locked, mode, ModeState.ENABLING, actor=actor, now=now, before=before, reason=reason, **due)
    return switch


def asked_off(mode: Mode, *, lock: bool = False) -> ModeSwitch | None:
    """Return who asks that a mode end, and who agreed. Inside the tenant's scope."""
    return open_switch(mode, turns_on=False, lock=lock)


def open_switch(mode: Mode, *, turns_on: bool, lock: bool = False) -> ModeSwitch | None:
    """Return the switch of a mode that is under way. Inside the tenant's scope."""
    rows = ModeSwitch.objects.select_for_update() if lock else ModeSwitch.objects.all()
    found: ModeSwitch | None = rows.filter(mode=mode, turns_on=turns_on, ended_at=None).first()
    return found


def end(switch: ModeSwitch, how: SwitchEnd, now: datetime) -> None:
    """Write down that a switch is over, and how."""
    switch.ended_at, switch.ended_as = now, how
    switch.save(update_fields=["ended_at", "ended_as"])


def state_of(tenant: Tenant, mode: Mode) -> ModeState:
    """Return where a mode is."""
    return ModeState(getattr(tenant, FIELDS[mode]))


def set_state(
    locked: Tenant,
    mode: Mode,
    state: ModeState,
    *,
    actor: Actor,
    now: datetime,
    before: dict[str, str] | None = None,
    reason: str = "",
    taken_back: bool = False,
    **fields: Any,
) -> None:
    """Write a mode's state, with its entry, which sockets, masking and courses follow (`receivers`), and owners' mail.

    Call it in the scope, the organisation's row locked.
    """
    earlier = before or {one.key: one.value for one in policies.everything_effective(locked)}
    setattr(locked, FIELDS[mode], state)
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=[FIELDS[mode], *fields])
    changed = [one.key for one in policies.everything_effective(locked) if earlier[one.key] != one.value]
    facts: dict[str, str | int | bool | UUID] = {"mode": mode, "state": state.value}
    facts |= {"reason": reason} if reason else {}
    facts |= {"taken_back": True} if taken_back else {}
    # Open sockets look again too: the floors hold for sessions.
    announce(audit_events.MODE_SWITCHED, actor=actor, subject=locked, at=now, **facts, changes=", ".join(changed))
    tell(locked, mode, "kept" if taken_back else state.value)


def tell(tenant: Tenant, mode: Mode, what: str) -> None:
    """Tell every owner by mail, once it is committed."""
    transaction.on_commit(partial(mode_mail.tell_owners, tenant, mode, what), robust=True)


def asked_by(actor: Actor) -> dict[str, Any]:
    """Return the columns that say who asks."""
    return {"asked_kind": actor.kind, "asked_by": actor.id, "asked_person": person(actor)}


def person(actor: Actor) -> UUID | None:
    """Who an actor is, in whichever place: an operator may be a member somewhere, and is one person."""
    if actor.kind != ActorKind.MEMBER or actor.id is None:
        return actor.id
    found: UUID = Membership.objects.values_list("user_id", flat=True).get(id=actor.id)
    return found
