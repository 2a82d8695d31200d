"""What the pages of masking are given. Call these inside the tenant's scope."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final
from uuid import UUID

from compliance import masking_policies, modes
from compliance.masking import Level
from compliance.masking.policy import REGIONS, THRESHOLDS, MaskingPolicy
from compliance.masking_choice import MaskingChoice
from compliance.masking_choice.words import ENTITY_WORDS, GROUPS, LEVEL_WORDS, REGION_WORDS, entity_name
from compliance.models import MaskingRevision
from tenants.actors import ActorKind
from tenants.models import Membership, Tenant
from tenants.policy_rows.row import MODES, Mode

HISTORY: Final = 50


@dataclass(frozen=True, slots=True)
class Option:
    """One level of one entity, as a choice."""

    value: str
    label: str
    is_chosen: bool
    is_locked: bool


@dataclass(frozen=True, slots=True)
class EntityRow:
    """One entity with its levels. `held` says what holds it up, or is empty; `clauses` name the rules behind it."""

    entity: str
    name: str
    hint: str
    options: tuple[Option, ...]
    held: str
    clauses: str


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region pack."""

    code: str
    name: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One revision as a person reads it."""

    number: int
    at: datetime
    who: str
    changes: tuple[str, ...]
    is_newest: bool


def entity_groups(tenant: Tenant, chosen: MaskingChoice) -> list[tuple[str, list[EntityRow]]]:
    """Return every entity with its level in force, by groups."""
    default = MaskingPolicy.named("default").levels
    return [
        (title, [_entity_row(tenant, entity, chosen.levels.get(entity, default[entity])) for entity in entities])
        for title, entities in GROUPS
    ]


def region_rows(tenant: Tenant, chosen: MaskingChoice) -> list[RegionRow]:
    """Return every region pack by name, the one of many countries last."""
    held = bool(modes.regions_held_by(tenant))
    rows = [RegionRow(code, REGION_WORDS[code], held or code not in chosen.regions_off) for code in REGIONS]
    return sorted(rows, key=lambda row: (row.code == "EU", row.name))


def history() -> list[RevisionLine]:
    """Return the newest revisions, each with what it changed, newest first."""
    rows = list(MaskingRevision.objects.order_by("-number")[: HISTORY + 1])
    choices = [masking_policies.chosen(row) for row in rows]
    if rows and rows[-1].number == 1:
        choices.append(MaskingChoice())
    names = _names({row.actor_id for row in rows if row.actor_kind == ActorKind.MEMBER})
    return [
        RevisionLine(
            number=int(row.number),
            at=row.created_at,
            who=_who(row, names),
            changes=_changes(row, before, after),
            is_newest=row is rows[0],
        )
        for row, (after, before) in zip(rows, pairwise(choices), strict=False)
    ]


def differences(before: MaskingChoice, after: MaskingChoice) -> Iterator[str]:
    """Say what is different, a phrase each."""
    default = MaskingPolicy.named("default").levels
    for entity in ENTITY_WORDS:
        was, now = (choice.levels.get(entity, default.get(entity)) for choice in (before, after))
        if was != now:
            yield f"{entity_name(entity)}: {LEVEL_WORDS[str(was)].lower()} → {LEVEL_WORDS[str(now)].lower()}"
    for verb, codes in (
        ("off", after.regions_off - before.regions_off),
        ("on", before.regions_off - after.regions_off),
    ):
        if codes:
            yield f"Switched {verb}: {', '.join(sorted(REGION_WORDS[code] for code in codes))}"
    yield from (f"Own id {source} added" for source in after.exempt if source not in before.exempt)
    yield from (f"Own id {source} removed" for source in before.exempt if source not in after.exempt)
    yield from _rule_differences(before, after)


def _rule_differences(before: MaskingChoice, after: MaskingChoice) -> Iterator[str]:
    for rule in after.rules:
        was = before.rule(rule.name)
        if was is None:
            yield f"Rule “{rule.name}” added"
        elif was.pattern != rule.pattern:
            yield f"Rule “{rule.name}” has another pattern"
        elif was.is_on != rule.is_on:
            yield f"Rule “{rule.name}” switched {'on' if rule.is_on else 'off'}"
    yield from (f"Rule “{rule.name}” removed" for rule in before.rules if after.rule(rule.name) is None)


def held_words(held_by: tuple[Mode, ...]) -> str:
    """Name the modes that hold something."""
    return " and ".join(MODES[mode] for mode in held_by)


def _entity_row(tenant: Tenant, entity: str, wanted: Level) -> EntityRow:
    hold = modes.masking_hold(tenant, entity)
    level = min(wanted, hold.least, key=lambda each: THRESHOLDS[each])
    name, hint = ENTITY_WORDS[entity]
    options = tuple(
        Option(each.value, LEVEL_WORDS[each.value], each == level, THRESHOLDS[each] > THRESHOLDS[hold.least])
        for each in Level
    )
    held = held_words(hold.held_by)
    if not held and hold.least != Level.OFF:
        held = "Hushdesk, always"
    return EntityRow(entity, name, hint, options, held, "; ".join(hold.clauses))


def _changes(row: MaskingRevision, before: MaskingChoice, after: MaskingChoice) -> tuple[str, ...]:
    changes = tuple(differences(before, after))
    if row.restores is None:
        return changes
    to = f"revision {row.restores}" if row.restores else "what Hushdesk comes with"
    return (f"Went back to {to}", *changes)


def _who(row: MaskingRevision, names: Mapping[UUID, str]) -> str:
    if row.actor_kind == ActorKind.MEMBER:
        return names.get(row.actor_id, "A former member") if row.actor_id else "A former member"
    return "Hushdesk operator" if row.actor_kind == ActorKind.OPERATOR else "Hushdesk"


def _names(ids: set[UUID | None]) -> dict[UUID, str]:
    members = Membership.objects.filter(id__in=ids).select_related("user")
    return {member.id: member.user.name for member in members}
