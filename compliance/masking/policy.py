"""What is masked, how eagerly, and for which countries. A policy is a value; its fingerprint names it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Final, Self

from compliance.masking.custom import CustomRule, ExemptPattern
from compliance.masking.entities import BY_CHOICE, CARD_CLASS, ENTITIES, OTHER
from compliance.masking.version import RULE_SET


class Level(StrEnum):
    """How eagerly an entity is masked."""

    OFF = "off"
    BALANCED = "balanced"
    STRICT = "strict"


#: The score a candidate needs.
THRESHOLDS: Final = {Level.OFF: 2.0, Level.BALANCED: 0.6, Level.STRICT: 0.45}

#: Countries and groups of countries with rules of their own.
REGIONS: Final = frozenset(
    [
        "US",
        "CA",
        "UK",
        "EU",
        "BE",
        "BR",
        "CL",
        "DE",
        "ES",
        "FI",
        "FR",
        "IE",
        "IN",
        "IT",
        "MX",
        "NL",
        "PL",
        "PT",
        "SE",
        "AU",
    ]
)

_BALANCED: Final = dict.fromkeys(ENTITIES, Level.BALANCED)
_PROFILES: Final[Mapping[str, Mapping[str, Level]]] = {
    "all": _BALANCED,
    "hipaa": _BALANCED,
    "default": _BALANCED | dict.fromkeys(BY_CHOICE, Level.OFF),
    "pci": _BALANCED | dict.fromkeys(BY_CHOICE, Level.OFF) | dict.fromkeys(CARD_CLASS, Level.STRICT),
}


@dataclass(frozen=True, eq=False)
class MaskingPolicy:
    """An organisation's choice within the floor: the card class is never off.

    `phone_regions` are the countries a number without a country code is tried in.
    `exempt` are patterns of the organisation's own ids; they never exempt a card after a card word.
    `revision` counts the changes of the organisation's policy.
    """

    name: str
    levels: Mapping[str, Level]
    regions: frozenset[str] = REGIONS
    phone_regions: tuple[str, ...] = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PT", "BR", "IN", "AU")
    exempt: tuple[ExemptPattern, ...] = ()
    rules: tuple[CustomRule, ...] = ()
    revision: int = 0
    _thresholds: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        floor = Level.BALANCED
        thresholds = {}
        for entity in ENTITIES:
            level = self.levels.get(entity, floor)
            if entity in CARD_CLASS and level is Level.OFF:
                level = floor
            thresholds[entity] = THRESHOLDS[level]
        object.__setattr__(self, "_thresholds", {**thresholds, OTHER: 0.0})

    @classmethod
    def named(cls, name: str) -> "MaskingPolicy":
        """One of the policies that come with the product: default, all, hipaa, pci."""
        return _NAMED[name]

    def with_levels(self, **levels: Level) -> Self:
        """The same policy with other levels for some entities."""
        return replace(self, levels={**self.levels, **levels})

    def for_typed_fields(self) -> Self:
        """The same policy for a field that is meant to hold a person's own data: the card class alone is masked."""
        return replace(self, levels={**self.levels, **dict.fromkeys(set(ENTITIES) - CARD_CLASS, Level.OFF)}, rules=())

    def threshold(self, entity: str) -> float:
        """The score from which a candidate of this entity is masked."""
        return self._thresholds[entity]

    def is_on(self, entity: str) -> bool:
        """Whether the entity is masked at all."""
        return self._thresholds[entity] <= 1

    @cached_property
    def fingerprint(self) -> str:
        """Rule set, and a hash of everything this policy decides: at most 40 characters."""
        facts = {
            "rules": RULE_SET,
            "levels": {entity: self._thresholds[entity] for entity in ENTITIES},
            "regions": sorted(self.regions),
            "phone_regions": self.phone_regions,
            "exempt": [pattern.source for pattern in self.exempt],
            "custom": [(rule.name, rule.source) for rule in self.rules],
            "revision": self.revision,
        }
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
        return f"{RULE_SET.split('+')[0]}-{digest[:16]}"


_NAMED: Final = {name: MaskingPolicy(name, levels) for name, levels in _PROFILES.items()}
POLICY_NAMES: Final = tuple(_NAMED)
