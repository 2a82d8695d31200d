"""What is in force for an organisation: the strictest of its own choice and the floors of HIPAA and PCI mode.

What enforces a setting of the policy table asks `in_force()` or `effective()` and nothing else.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tenants.models import ModeState, PolicyChoice, Tenant
from tenants.policy_rows.row import MODES, Mode, Policy
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope


@dataclass(frozen=True, slots=True)
class Effective:
    """What is in force, and which modes hold it there; held by none, the organisation may choose."""

    key: str
    value: str
    words: str
    held_by: tuple[Mode, ...]
    clauses: tuple[str, ...]
    explanation: str

    @property
    def is_locked(self) -> bool:
        return bool(self.held_by)

    @property
    def held_words(self) -> str:
        """What holds it, for people; empty where the organisation may choose."""
        return " and ".join(MODES[mode] for mode in self.held_by)

    @property
    def clause_words(self) -> str:
        return "; ".join(self.clauses)


def modes_on(tenant: Tenant) -> tuple[Mode, ...]:
    """Return the modes whose floors hold. A mode that is not off already holds: floors apply at once."""
    states: Mapping[Mode, str] = {"hipaa": tenant.hipaa_state, "pci": tenant.pci_state}
    return tuple(mode for mode in MODES if states[mode] != ModeState.OFF)


def choices() -> dict[str, str]:
    """Return what the organisation in scope has chosen, by key."""
    return dict(PolicyChoice.objects.values_list("key", "value"))


def in_force(tenant: Tenant, key: str) -> Effective:
    """Return the value in force for a setting, the organisation's choice looked up. Call it inside its scope."""
    return effective(tenant, key, chosen=choices().get(key))


def effective(tenant: Tenant, key: str, *, chosen: str | None = None) -> Effective:
    """Return the value in force for a setting.

    Args:
        tenant: The organisation.
        key: A key of `POLICIES`.
        chosen: The organisation's own choice, where it has one; never loosens a floor. One that the table does not
            know any more counts as none.

    Raises:
        KeyError: There is no such setting.
    """
    policy = POLICIES[key]
    modes = tuple(mode for mode in modes_on(tenant) if mode in policy.floors)
    floors = [policy.floors[mode] for mode in modes]
    wanted = [_own(policy, chosen), *floors]
    is_joined = bool(policy.joined) and set(policy.floors.values()) <= set(wanted)
    value = policy.joined if is_joined else max(wanted, key=policy.strictness)
    held_by = tuple(mode for mode in modes if policy.strictness(policy.floors[mode]) > 0)
    clauses = tuple(policy.clauses[mode] for mode in held_by)
    return Effective(key, value, policy.values[value], held_by, clauses, policy.explanation)


def is_weaker_than_held(tenant: Tenant, key: str, value: str) -> bool:
    """Whether a choice lies below the floor of a mode that is not off: then it cannot be made, nor stored."""
    policy = POLICIES[key]
    floors = [policy.floors[mode] for mode in modes_on(tenant) if mode in policy.floors]
    return any(policy.strictness(value) < policy.strictness(floor) for floor in floors)


def value_of(tenant: Tenant, key: str, chosen: str | None) -> str:
    """Return the value in force alone, as `effective`: what is asked with each request has no use for the words."""
    if tenant.hipaa_state == tenant.pci_state == ModeState.OFF:
        return _own(POLICIES[key], chosen)
    return effective(tenant, key, chosen=chosen).value


def _own(policy: Policy, chosen: str | None) -> str:
    return chosen if chosen is not None and chosen in policy.values else policy.default


def strictest(key: str, values: Iterable[str]) -> str:
    """Return the strictest of several values: for a person who belongs to several organisations."""
    return max(values, key=POLICIES[key].strictness)


def of_each(tenants: Iterable[Tenant], keys: Collection[str]) -> list[dict[str, str]]:
    """Return the values in force in each of several organisations, by key; opens their scopes one after another."""
    found = []
    for tenant in tenants:
        with tenant_scope(tenant):
            chosen = choices()
        found.append({key: effective(tenant, key, chosen=chosen.get(key)).value for key in keys})
    return found


def strictest_of(tenants: Iterable[Tenant], keys: Collection[str]) -> dict[str, str]:
    """Return the strictest values of several organisations, by key; the defaults where there is none."""
    each = of_each(tenants, keys) or [{key: POLICIES[key].default for key in keys}]
    return {key: strictest(key, [values[key] for values in each]) for key in keys}


def everything_effective(tenant: Tenant) -> list[Effective]:
    """Return every setting in force, for pages that show what a mode does."""
    with tenant_scope(tenant):
        chosen = choices()
    return [effective(tenant, key, chosen=chosen.get(key)) for key in POLICIES]
