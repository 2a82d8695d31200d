"""Settings that were changed behind the application, by a superuser or a shell: raised, and put right.

What the application wrote last stands in `PolicyStanding`. Of a mode, what holds more is never loosened by itself: one
that is found on without having been switched on is switched on in earnest.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from compliance import audit_events, mode_steps, policy_standing
from compliance.breach.raising import raise_incident
from compliance.models import Incident, IncidentCause, PolicyStanding, RetentionPolicy
from tenants.actors import Actor
from tenants.models import ModeState, PolicyChoice, Tenant, TenantStatus
from tenants.policies import choices, effective, is_weaker_than_held
from tenants.policy_rows.row import MODES, Mode
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tenants.signals import announce

STATES: Final[Mapping[Mode, str]] = {"hipaa": "mode.hipaa", "pci": "mode.pci"}
FOUND_ON: Final = "Found on without having been switched on: changed behind the application"
#: Of a value that is none of the table's: whoever wrote it could have written anything.
UNKNOWN: Final = "unknown"
NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Drift:
    """One setting that is not what the application wrote: in words out of the code, and what puts it right."""

    key: str
    found: str
    right: str
    put_right: Callable[[], object]


def look(tenant_id: UUID, *, now: datetime) -> Incident | None:
    """Compare, put right and raise; return the incident, or None where nothing is amiss. In one transaction."""
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.select_for_update().get(id=tenant_id)
        if tenant.status != TenantStatus.ACTIVE:
            return None
        # Locked before the settings are read: whoever writes one by the application waits, or was done.
        standing = policy_standing.locked(tenant, now=now)
        found = [*_modes(tenant, standing, now), *_choices(tenant, standing, now), *_retention(tenant, standing, now)]
        if not found:
            return None
        incident = _incident(tenant, found, now)
        for one in found:
            one.put_right()
            # By the signal: open sockets look again.
            announce(
                audit_events.POLICY_DRIFTED, actor=Actor.system(), subject=tenant, at=now, key=one.key,
                found=one.found, put_right=one.right, incident=incident.id,
            )  # fmt: skip
    return incident


def _modes(tenant: Tenant, standing: PolicyStanding, now: datetime) -> Iterator[Drift]:
    for mode in MODES:
        state, right = mode_steps.state_of(tenant, mode), ModeState(standing.modes.get(mode, ModeState.OFF))
        if state == right:
            continue
        if right == ModeState.OFF:
            yield Drift(STATES[mode], state.value, ModeState.ENABLING.value, partial(_in_earnest, tenant, mode, now))
        else:
            yield Drift(STATES[mode], state.value, right.value, partial(_back, tenant, mode, right, now))


def _in_earnest(tenant: Tenant, mode: Mode, now: datetime) -> None:
    # As if it had been off until now: what was in force then is not known any more.
    setattr(tenant, mode_steps.FIELDS[mode], ModeState.OFF)
    if mode_steps.open_switch(mode, turns_on=True, lock=True) is None:
        mode_steps.begin(tenant, mode, reason=FOUND_ON, agreement="", agreed_on=None, actor=Actor.system(), now=now)


def _back(tenant: Tenant, mode: Mode, right: ModeState, now: datetime) -> None:
    mode_steps.set_state(tenant, mode, right, actor=Actor.system(), now=now, reason="Changed behind the application")


def _choices(tenant: Tenant, standing: PolicyStanding, now: datetime) -> Iterator[Drift]:
    wanted: Mapping[str, str] = standing.choices
    present = choices()
    for key in sorted(wanted.keys() | present.keys()):
        if present.get(key) != wanted.get(key):
            put_right = partial(_choose, tenant, key, wanted.get(key), now)
            yield Drift(_known(key), _value(key, present.get(key)), _value(key, wanted.get(key)), put_right)


def _choose(tenant: Tenant, key: str, value: str | None, now: datetime) -> None:
    if value is None:
        PolicyChoice.objects.filter(key=key).delete()
        return
    if is_weaker_than_held(tenant, key, value):
        # Chosen before the mode; as it is gone, the database takes no less than what holds now.
        value = effective(tenant, key, chosen=value).value
        policy_standing.note_choice(tenant, key, value, now=now)
    PolicyChoice.objects.update_or_create(tenant_id=tenant.id, key=key, defaults={"value": value, "changed_at": now})


def _retention(tenant: Tenant, standing: PolicyStanding, now: datetime) -> Iterator[Drift]:
    wanted: Mapping[str, int | None] = standing.retention
    present = policy_standing.days_now()
    for name in sorted(wanted.keys() | present.keys()):
        if present.get(name) != (days := wanted.get(name)):
            put_right = partial(_keep, tenant, name, days, now)
            yield Drift(".".join(("retention", name)), str(present.get(name) or NONE), str(days or NONE), put_right)


def _keep(tenant: Tenant, name: str, days: int | None, now: datetime) -> None:
    if days is None:
        RetentionPolicy.objects.filter(record_class=name).delete()
        return
    RetentionPolicy.objects.update_or_create(
        tenant_id=tenant.id, record_class=name, defaults={"keep_days": days, "changed_at": now}
    )


def _known(key: str) -> str:
    return key if key in POLICIES else UNKNOWN


def _value(key: str, value: str | None) -> str:
    if value is None:
        return NONE
    policy = POLICIES.get(key)
    return value if policy is not None and value in policy.values else UNKNOWN


def _incident(tenant: Tenant, found: list[Drift], now: datetime) -> Incident:
    kinds = Counter(one.key for one in found)
    return raise_incident(tenant.id, IncidentCause.DRIFT, kinds=kinds, count=len(found), now=now)
