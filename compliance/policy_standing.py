"""What the application last wrote of an organisation's settings, so that what was changed behind it can be told.

Each write notes its own part alone: what somebody else has changed meanwhile stays to be found (`compliance.drift`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from compliance import audit, audit_events
from compliance.models import PolicyStanding, RecordClass, RetentionPolicy
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policies import choices
from tenants.policy_rows.row import MODES


def note_choice(tenant: Tenant, key: str, value: str, *, now: datetime) -> None:
    """Note that a setting was chosen. Inside the tenant's scope and the transaction of the choice."""
    _note(tenant, now, lambda standing: standing.choices.update({key: value}))


def note_modes(tenant: Tenant, *, now: datetime) -> None:
    """Note the states of the modes as they are on the row in hand, which is locked."""
    _note(tenant, now, lambda standing: standing.modes.update(states_of(tenant)))


def note_retention(tenant: Tenant, record_class: RecordClass, days: int | None, *, now: datetime) -> None:
    """Note for how long a class is kept; None: without an end. Call it before it is written."""

    def change(standing: PolicyStanding) -> None:
        standing.retention = {**standing.retention, record_class.value: days}

    _note(tenant, now, change)


def states_of(tenant: Tenant) -> dict[str, str]:
    """Return the state of each mode."""
    return {mode: str(getattr(tenant, f"{mode}_state")) for mode in MODES}


def days_now() -> dict[str, int | None]:
    """Return for how long each class is kept, as it is stored."""
    return dict(RetentionPolicy.objects.values_list("record_class", "keep_days"))


def locked(tenant: Tenant, *, now: datetime) -> PolicyStanding:
    """Return it, locked; the first look takes what it finds, with an entry that says so."""
    found: PolicyStanding | None = PolicyStanding.objects.select_for_update().first()
    if found is not None:
        return found
    present = PolicyStanding(
        id=uuid7(), tenant=tenant, choices=choices(), modes=states_of(tenant), retention=days_now(), changed_at=now
    )
    try:
        with transaction.atomic():
            present.save(force_insert=True)
    except IntegrityError:  # another worker's look came first
        return PolicyStanding.objects.select_for_update().get()
    audit.record(Actor.system(), audit_events.POLICY_BASELINE, tenant, at=now, settings=len(present.choices))
    return present


def _note(tenant: Tenant, now: datetime, change: Callable[[PolicyStanding], Any]) -> None:
    standing = locked(tenant, now=now)
    change(standing)
    standing.changed_at = now
    standing.save(update_fields=["choices", "modes", "retention", "changed_at"])
