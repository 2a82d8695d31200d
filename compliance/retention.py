"""How long records are kept, by what an organisation has chosen and what its modes hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.models import RecordClass, RetentionPolicy
from compliance.registry import Cutoffs
from compliance.retention_table import RETENTION, ClassRule
from tenants.models import Tenant
from tenants.policies import modes_on
from tenants.policy_rows.row import Mode
from tenants.scoping import current_tenant_id

#: Days that an organisation has chosen, by class.
Chosen = Mapping[RecordClass, int]


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long one class is kept. `days`: None for ever. `held_by`: modes that let it be no longer.

    `is_undecided`: a mode wants a choice and there is none.
    """

    rule: ClassRule
    chosen: int | None
    days: int | None
    held_by: tuple[Mode, ...] = ()
    clauses: tuple[str, ...] = ()
    is_undecided: bool = False


def chosen() -> dict[RecordClass, int]:
    """Return what the organisation in scope has chosen."""
    held = RetentionPolicy.objects.values_list("record_class", "keep_days")
    return {RecordClass(name): int(days) for name, days in held if name in RecordClass.values}


def longest(mode: Mode) -> int | None:
    """Return for how many days a mode lets conversations be kept; None: as long as was decided."""
    return RETENTION[RecordClass.CONVERSATION].at_most.get(mode)


def keeping(tenant: Tenant, record_class: RecordClass, wanted: Chosen) -> Keeping:
    """Return how long a class is kept: the shorter of what was chosen and what each mode allows."""
    rule, own = RETENTION[record_class], wanted.get(record_class)
    modes = modes_on(tenant)
    limits = {mode: rule.at_most[mode] for mode in modes if mode in rule.at_most}
    days = min((each for each in (own, *limits.values()) if each is not None), default=None)
    held_by = tuple(mode for mode, most in limits.items() if most == days and (own is None or own > most))
    undecided = tuple(mode for mode in modes if mode in rule.decided) if own is None else ()
    if days is None and rule.otherwise is not None:
        days = keeping(tenant, rule.otherwise, wanted).days
    clauses = tuple(rule.clauses[mode] for mode in modes if mode in {*held_by, *undecided})
    return Keeping(rule, own, days, held_by, clauses, bool(undecided))


def everything_kept(tenant: Tenant, wanted: Chosen | None = None) -> list[Keeping]:
    """Return how long each class is kept, by what was chosen or by another choice. Call it inside the scope."""
    wanted = chosen() if wanted is None else wanted
    return [keeping(tenant, record_class, wanted) for record_class in RETENTION]


def keep_days(record_class: RecordClass) -> int | None:
    """Return how many days a class is kept, None without an end. Call it inside the tenant's scope."""
    tenant = Tenant.objects.get(id=current_tenant_id())
    return keeping(tenant, record_class, chosen()).days


def cutoffs(tenant: Tenant, *, at: datetime, wanted: Chosen | None = None) -> Cutoffs:
    """Return before which instant the last event of a record has to lie for it to go, per class."""
    return {
        kept.rule.record_class: at - timedelta(days=kept.days)
        for kept in everything_kept(tenant, wanted)
        if kept.days is not None
    }
