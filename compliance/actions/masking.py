"""Decide what an organisation masks: levels, region packs, its own ids and rules. Each change is the next revision."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from compliance import audit, audit_events, masking_policies, modes
from compliance.actions.actors import require_actor
from compliance.actions.rule_changes import announce_rule_change
from compliance.masking import Level, RuleRefusedError
from compliance.masking.custom import MAX_RULES
from compliance.masking.policy import REGIONS, THRESHOLDS, MaskingPolicy
from compliance.masking_choice import MAX_EXEMPT, MaskingChoice, OwnRule, admit_exempt, admit_rule
from compliance.masking_choice.trial import try_rule
from compliance.models import MaskingRevision
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.roles import Capability
from tenants.scoping import tenant_scope


class BelowFloorError(ValueError):
    """A mode, or the product itself, holds this higher."""


class MaskingChangedError(Exception):
    """Somebody else changed the policy since the page was shown."""


class UnknownRevisionError(LookupError):
    """There is no such revision."""


def set_levels(
    *, tenant: Tenant, levels: Mapping[str, Level], actor: Actor, now: datetime, based_on: int | None = None
) -> MaskingRevision | None:
    """Set how eagerly some entities are masked; the others stay as they are.

    Raises:
        NotPermittedError: The actor may not decide it.
        BelowFloorError: A level is below what a mode holds, or switches cards off.
        MaskingChangedError: `based_on` is no longer the newest revision.
    """

    def changed(locked: Tenant, before: MaskingChoice) -> MaskingChoice:
        return with_levels(locked, before, levels)

    return _revise(tenant, actor, now, changed, based_on=based_on, what="levels")


def with_levels(tenant: Tenant, before: MaskingChoice, levels: Mapping[str, Level]) -> MaskingChoice:
    """Return a choice with other levels for some entities.

    Raises:
        BelowFloorError: A level is below what a mode holds, or switches cards off.
    """
    default = MaskingPolicy.named("default").levels
    for entity, level in levels.items():
        if THRESHOLDS[level] > THRESHOLDS[modes.masking_hold(tenant, entity).least]:
            raise BelowFloorError(entity)
    wanted = {**before.levels, **levels}
    return replace(before, levels={name: level for name, level in wanted.items() if level != default[name]})


def set_regions(
    *, tenant: Tenant, regions: Collection[str], actor: Actor, now: datetime, based_on: int | None = None
) -> MaskingRevision | None:
    """Set which region packs are on.

    Raises:
        NotPermittedError: The actor may not decide it.
        BelowFloorError: A mode holds every pack on.
        MaskingChangedError: `based_on` is no longer the newest revision.
    """
    off = REGIONS - frozenset(regions)

    def changed(locked: Tenant, before: MaskingChoice) -> MaskingChoice:
        if off and modes.regions_held_by(locked):
            raise BelowFloorError("regions")
        return replace(before, regions_off=off)

    return _revise(tenant, actor, now, changed, based_on=based_on, what="regions")


def add_exempt(*, tenant: Tenant, source: str, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Exempt the organisation's own ids of one form.

    Raises:
        NotPermittedError: The actor may not decide it.
        RuleRefusedError: The pattern is not acceptable, or there are too many.
    """
    admit_exempt(source)

    def changed(_: Tenant, before: MaskingChoice) -> MaskingChoice:
        if source in before.exempt:
            return before
        if len(before.exempt) >= MAX_EXEMPT:
            raise RuleRefusedError(f"There are {MAX_EXEMPT} already; remove one first.")
        return replace(before, exempt=(*before.exempt, source))

    return _revise(tenant, actor, now, changed, what="exempt pattern added")


def remove_exempt(*, tenant: Tenant, source: str, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Mask own ids of that form again.

    Raises:
        NotPermittedError: The actor may not decide it.
    """

    def changed(_: Tenant, before: MaskingChoice) -> MaskingChoice:
        return replace(before, exempt=tuple(known for known in before.exempt if known != source))

    return _revise(tenant, actor, now, changed, what="exempt pattern removed")


def add_rule(
    *, tenant: Tenant, name: str, pattern: str, sample: Sequence[str], actor: Actor, now: datetime
) -> MaskingRevision | None:
    """Add a rule of the organisation's own and switch it on; one of that name is replaced.

    It is tried first, here too: on everyday sentences and on the sample given.

    Raises:
        NotPermittedError: The actor may not decide it.
        RuleRefusedError: Its name or pattern is not acceptable, it matches too much, or there are too many.
    """
    rule = OwnRule(name, pattern)
    admit_rule(rule)
    try_rule(rule, sample).require_narrow()

    def changed(_: Tenant, before: MaskingChoice) -> MaskingChoice:
        others = tuple(known for known in before.rules if known.name != name)
        if len(others) >= MAX_RULES:
            raise RuleRefusedError(f"There are {MAX_RULES} rules already; remove one first.")
        return replace(before, rules=(*others, rule))

    return _revise(tenant, actor, now, changed, what="rule added", rule=name)


def switch_rule(*, tenant: Tenant, name: str, on: bool, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Switch a rule off, or on again; one that is not there stays so.

    Raises:
        NotPermittedError: The actor may not decide it.
    """

    def changed(_: Tenant, before: MaskingChoice) -> MaskingChoice:
        rules = (replace(known, is_on=on) if known.name == name else known for known in before.rules)
        return replace(before, rules=tuple(rules))

    return _revise(tenant, actor, now, changed, what="rule switched on" if on else "rule switched off", rule=name)


def remove_rule(*, tenant: Tenant, name: str, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Remove a rule.

    Raises:
        NotPermittedError: The actor may not decide it.
    """

    def changed(_: Tenant, before: MaskingChoice) -> MaskingChoice:
        return replace(before, rules=tuple(known for known in before.rules if known.name != name))

    return _revise(tenant, actor, now, changed, what="rule removed", rule=name)


def go_back(*, tenant: Tenant, number: int, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Take up what an earlier revision held, as the next one; 0 is what the product comes with.

    Raises:
        NotPermittedError: The actor may not decide it.
        UnknownRevisionError: There is no such revision.
    """

    def changed(_: Tenant, __: MaskingChoice) -> MaskingChoice:
        if number == 0:
            return MaskingChoice()
        earlier = MaskingRevision.objects.filter(number=number).first()
        if earlier is None:
            raise UnknownRevisionError
        return MaskingChoice.of(earlier)

    return _revise(tenant, actor, now, changed, restores=number, what="went back")


def adopt(*, tenant: Tenant, choice: MaskingChoice, actor: Actor, now: datetime) -> MaskingRevision | None:
    """Take up a choice as a whole, as it was tried out.

    Raises:
        NotPermittedError: The actor may not decide it.
    """
    return _revise(tenant, actor, now, lambda _, __: choice, what="tried out")


def _revise(
    tenant: Tenant,
    actor: Actor,
    now: datetime,
    changed: Callable[[Tenant, MaskingChoice], MaskingChoice],
    *,
    based_on: int | None = None,
    restores: int | None = None,
    **facts: str,
) -> MaskingRevision | None:
    """Write the next revision; None when nothing is different."""
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_MASKING)
        # The organisation's row serialises two who decide at once, also before the first revision, and a mode switch.
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        latest = masking_policies.latest()
        number = 0 if latest is None else int(latest.number)
        if based_on is not None and based_on != number:
            raise MaskingChangedError
        before = masking_policies.chosen(latest)
        after = changed(locked, before)
        if after == before:
            return None
        revision = MaskingRevision.objects.create(
            tenant_id=tenant.id,
            number=number + 1,
            restores=restores,
            actor_kind=actor.kind,
            actor_id=actor.id,
            created_at=now,
            **after.stored(),
        )
        told = {} if restores is None else {"restores": restores}
        audit.record(actor, audit_events.MASKING_CHANGED, revision, at=now, revision=number + 1, **facts, **told)
        announce_rule_change(tenant.id)
    return revision
