"""What the modes do to masking: floors that speak of entities, beside the table of all other settings
(`tenants.policies`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from compliance.masking import CARD_CLASS, Level
from compliance.masking.policy import REGIONS, THRESHOLDS, MaskingPolicy
from compliance.masking_choice import MaskingChoice, admit_exempt, admit_rule
from tenants.models import Tenant
from tenants.policies import effective, modes_on
from tenants.policy_names import MASKING_PROFILE
from tenants.policy_rows.row import Mode
from tenants.policy_table import POLICIES


@dataclass(frozen=True, slots=True)
class MaskingFloor:
    """The least an organisation masks: a level per entity, region packs, and whether its own ids may be exempt."""

    levels: Mapping[str, Level]
    regions: frozenset[str]
    allows_exempt: bool
    clause: str


#: The card class is never off, mode or none (PCI DSS 3.3.1 forbids to keep codes, track and PIN at all).
ALWAYS: Final = MaskingFloor(dict.fromkeys(CARD_CLASS, Level.BALANCED), frozenset(), True, "PCI DSS 3.3.1, 3.5.1")
MASKING_FLOORS: Final[Mapping[Mode, MaskingFloor]] = {
    # Own ids are identifiers too, 164.514(b)(2)(i)(R): whether one is a patient's no pattern can tell.
    "hipaa": MaskingFloor(MaskingPolicy.named("hipaa").levels, REGIONS, False, "45 CFR 164.514(b)(2)"),
    "pci": MaskingFloor(dict.fromkeys(CARD_CLASS, Level.STRICT), frozenset(), True, "PCI DSS 3.3.1, 3.4.1, 3.5.1"),
}


@dataclass(frozen=True, slots=True)
class MaskingHold:
    """The least of one setting of masking, and what holds it there: modes, or nothing but the product itself."""

    least: Level
    held_by: tuple[Mode, ...]
    clauses: tuple[str, ...]


def masking_policy(tenant: Tenant, chosen: MaskingChoice | None = None, *, revision: int = 0) -> MaskingPolicy:
    """Return what is masked for an organisation: its choice, lifted to the floor of each mode that is on.

    What is in force is `compliance.masking_policies.effective`, which knows the choice.
    """
    profile = policy_of_profile(effective(tenant, MASKING_PROFILE).value)
    if chosen is None:
        return profile
    default = MaskingPolicy.named(POLICIES[MASKING_PROFILE].default)
    floors = _masking_floors(tenant)
    wanted = {**default.levels, **chosen.levels}
    levels = {entity: _strictest([level, *_least(floors, entity)]) for entity, level in wanted.items()}
    regions = (REGIONS - chosen.regions_off).union(*(floor.regions for floor in floors))
    exempt = chosen.exempt if all(floor.allows_exempt for floor in floors) else ()
    return MaskingPolicy(
        profile.name,
        levels,
        regions=regions,
        phone_regions=tuple(country for country in default.phone_regions if _pack(country) in regions),
        exempt=tuple(admit_exempt(source) for source in exempt),
        rules=tuple(admit_rule(rule) for rule in chosen.rules if rule.is_on),
        revision=revision,
    )


def masking_hold(tenant: Tenant, entity: str) -> MaskingHold:
    """Return below which level an entity cannot be set now, and why."""
    least = _strictest(_least(_masking_floors(tenant), entity) or [Level.OFF])
    held_by = tuple(mode for mode in modes_on(tenant) if MASKING_FLOORS[mode].levels.get(entity) == least)
    clauses = tuple(MASKING_FLOORS[mode].clause for mode in held_by)
    if not held_by and entity in ALWAYS.levels:
        clauses = (ALWAYS.clause,)
    return MaskingHold(least, held_by, clauses)


def regions_held_by(tenant: Tenant) -> tuple[Mode, ...]:
    """Return the modes that hold every region pack on."""
    return tuple(mode for mode in modes_on(tenant) if MASKING_FLOORS[mode].regions)


def exempt_held_by(tenant: Tenant) -> tuple[Mode, ...]:
    """Return the modes under which patterns of own ids rest."""
    return tuple(mode for mode in modes_on(tenant) if not MASKING_FLOORS[mode].allows_exempt)


def _masking_floors(tenant: Tenant) -> tuple[MaskingFloor, ...]:
    return (ALWAYS, *(MASKING_FLOORS[mode] for mode in modes_on(tenant)))


def _least(floors: Sequence[MaskingFloor], entity: str) -> list[Level]:
    return [floor.levels[entity] for floor in floors if entity in floor.levels]


def _strictest(levels: Sequence[Level]) -> Level:
    return min(levels, key=lambda level: THRESHOLDS[level])


def _pack(country: str) -> str:
    """The region pack of a country of telephone numbers."""
    return "UK" if country == "GB" else country


def policy_of_profile(profile: str) -> MaskingPolicy:
    """Return the masking policy of a profile; of a union, the stricter level of each entity."""
    if profile in _POLICIES:
        return _POLICIES[profile]
    return MaskingPolicy.named(profile)


def strictest(name: str, first: MaskingPolicy, second: MaskingPolicy) -> MaskingPolicy:
    """Return the first policy with, for each entity, the stricter level of both."""
    levels = dict(first.levels)
    for entity, level in second.levels.items():
        if THRESHOLDS[level] < THRESHOLDS[levels.get(entity, level)]:
            levels[entity] = level
    return MaskingPolicy(name, levels)


_POLICIES: Final[Mapping[str, MaskingPolicy]] = {
    "hipaa+pci": strictest("hipaa+pci", MaskingPolicy.named("hipaa"), MaskingPolicy.named("pci")),
}
