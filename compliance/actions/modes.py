"""Switch HIPAA and PCI mode."""

from datetime import datetime
from typing import Final

from django.db import transaction

from compliance import audit_events, tasks
from compliance.actions.actors import require_actor
from compliance.actions.reasons import kept_reason
from compliance.actions.rule_changes import announce_rule_change
from tenants import policies
from tenants.actors import Actor
from tenants.factor_rules import GRACE
from tenants.models import ModeState, Tenant
from tenants.policy_table import Mode
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.signals import announce

_FIELDS: Final[dict[Mode, str]] = {"hipaa": "hipaa_state", "pci": "pci_state"}


def switch_mode(*, tenant: Tenant, mode: Mode, on: bool, reason: str, actor: Actor, now: datetime) -> Tenant:
    """Set a mode on or off. Its floors hold from this moment; stored chats are re-scanned behind it.

    The reason is kept in the audit trail, masked by every rule there is: people write names and numbers into it.
    A mode that is already so stays so, without an entry.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        ReasonMissingError: The reason is empty.
    """
    kept = kept_reason(reason)
    field, state = _FIELDS[mode], ModeState.ON if on else ModeState.OFF
    with tenant_scope(tenant):
        require_actor(actor, Capability.SWITCH_MODES)
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        before = policies.everything_effective(locked)
        if getattr(locked, field) == state:
            return locked
        was_free = not policies.modes_on(locked)
        setattr(locked, field, state)
        if was_free or not policies.modes_on(locked):
            locked.factors_due_at = now + GRACE if on else None
        locked.save(update_fields=[field, "factors_due_at"])
        after = policies.everything_effective(locked)
        changed = [new.key for old, new in zip(before, after, strict=True) if old.value != new.value]
        # Open sockets look again too: the floors hold for sessions.
        announce(
            audit_events.MODE_SWITCHED,
            actor=actor,
            subject=locked,
            at=now,
            mode=mode,
            state=state.value,
            reason=kept,
            changes=", ".join(changed),
        )
        announce_rule_change(locked.id)
        # Robust: with Valkey away the mode is on all the same, and beat asks for its courses within the hour.
        transaction.on_commit(tasks.train_tenant.for_tenant(locked.id).delay, robust=True)
    return locked
