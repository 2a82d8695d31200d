"""Try every way with every value that is too weak, under every combination of modes; and what the watch finds."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest.mock import patch

from compliance import drift, retention
from compliance.models import Incident
from helpdesk.core import clock
from tenants import policies
from tenants.policy_names import SESSION_IDLE
from tenants.policy_rows.row import Mode
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.proofs.modes import ground as grounds
from tests.proofs.modes.ground import RETENTION, SETS, STATES, Ground, is_stored_weaker, is_weaker, tries
from tests.proofs.modes.ways import SUPERUSERS, WAYS, attempt

SHORT_EVERY: Final = 7


@dataclass
class Found:
    """What was tried, and what came of it."""

    attempts: int = 0
    weaker: list[str] = field(default_factory=list)
    stored: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)


def run(ground: Ground, *, every: int = 1, sets: Sequence[Sequence[Mode]] = SETS, only: Collection[str] = ()) -> Found:
    """Try all of it; or each so-manieth, under some modes, for some keys."""
    found = Found()
    for on in sets:
        with ground.modes(on):
            cells = [cell for cell in _cells(ground, on) if not only or cell[1] in only]
            for way, key, value in cells[::every]:
                _try(ground, on, way, key, value, found)
    return found


def _cells(ground: Ground, on: Sequence[Mode]) -> Iterator[tuple[str, str, str]]:
    for key, value in tries(on):
        for way in WAYS:
            # What a superuser writes of a mode's state, or takes away, the watch finds: `drifts`.
            behind = way in SUPERUSERS and (key in STATES or not ground.superuser)
            if not behind:
                yield way, key, value


def _try(ground: Ground, on: Sequence[Mode], way: str, key: str, value: str, found: Found) -> None:
    attempt(ground, way, key, value)
    cell = f"{'+'.join(on)}: {key} = {value or 'none'} by {way}"
    found.attempts += 1
    found.keys.add(key)
    found.ways.add(way)
    if is_weaker(ground, on, key):
        found.weaker.append(cell)
    if way not in SUPERUSERS and is_stored_weaker(ground, on, key):
        found.stored.append(cell)
    ground.put_back(on)


def controls(ground: Ground) -> list[str]:
    """Return the ways that do not write at all: with no mode on, each must be able to choose what is weak."""
    key, value = SESSION_IDLE, "240"
    silent = []
    for way in WAYS:
        if way in {"admin", "before"} or (way in SUPERUSERS and not ground.superuser):
            continue
        ground.reset()
        attempt(ground, way, key, value)
        with tenant_scope(ground.tenant):
            if policies.choices().get(key) != value:
                silent.append(way)
    ground.reset()
    return silent


def drifts(ground: Ground) -> dict[str, int]:
    """Let a superuser change each setting under both modes; count what one pass of the watch leaves or does not say."""
    on = SETS[-1]
    tried = missed = 0
    with ground.modes(on):
        ground.put_back(on)
        for key, value in [*tries(on), *((key, "on") for key in STATES)]:
            if key.startswith(grounds.MASKING) and key not in POLICIES:
                continue  # a revision is held by its floors, and found by the numbering of rule sets
            tried += 1
            WAYS["superuser"](ground, key, value)
            drift.look(ground.tenant.id, now=clock.now())
            missed += not _is_put_right(ground, on, key)
            with tenant_scope(ground.tenant):
                Incident.objects.all().delete()
            ground.put_back(on)
    return {"drifts": tried, "drifts_missed": missed}


def _is_put_right(ground: Ground, on: Sequence[Mode], key: str) -> bool:
    with tenant_scope(ground.tenant):
        said = {name for incident in Incident.objects.filter(cause="drift") for name in incident.kinds}
        as_before = (
            policies.choices() == {}
            and retention.chosen().get(grounds.RecordClass.CONVERSATION) == 90
            and all(getattr(ground.fresh(), f"{mode}_state") == "enabling" for mode in on)
        )
    wanted = RETENTION if key == RETENTION else key
    return as_before and wanted in said


@contextmanager
def _without_floors() -> Iterator[None]:
    with ExitStack() as stack:
        for module in ("tenants.policies", "compliance.retention", "compliance.modes"):
            stack.enter_context(patch(f"{module}.modes_on", lambda _: ()))
        yield


@contextmanager
def _with_a_floor_too_low() -> Iterator[None]:
    """One floor of one mode falls by a step, in what readers ask and not in what they are measured by."""
    real = policies.effective

    def lowered(tenant: Any, key: str, *, chosen: str | None = None) -> Any:
        one = real(tenant, key, chosen=chosen)
        if key != SESSION_IDLE or "hipaa" not in one.held_by:
            return one
        return policies.Effective(key, chosen or "30", one.words, one.held_by, one.clauses, one.explanation)

    with patch.object(policies, "effective", lowered):
        yield


@contextmanager
def _without_the_trigger(ground: Ground) -> Iterator[None]:
    """Without what the database refuses by itself."""
    with grounds.connection_of(ground) as owner:
        owner.execute("ALTER TABLE tenants_policychoice DISABLE TRIGGER not_below_floor")
        try:
            yield
        finally:
            owner.execute("ALTER TABLE tenants_policychoice ENABLE TRIGGER not_below_floor")


def mutants(ground: Ground) -> dict[str, bool]:
    """Break each guard by itself; say whether the proof was red for it."""
    killed = {}
    with _without_floors():
        killed["no floors"] = bool(run(ground, every=4 * SHORT_EVERY, sets=SETS[-1:]).weaker)
    with _with_a_floor_too_low():
        killed["a floor too low"] = bool(run(ground, sets=SETS[:1], only={SESSION_IDLE}).weaker)
    if ground.superuser:
        with _without_the_trigger(ground):
            killed["no trigger"] = bool(run(ground, sets=SETS[:1], only={SESSION_IDLE}).stored)
        with patch.object(drift, "look", lambda *_, **__: None):
            killed["no watch"] = drifts(ground)["drifts_missed"] > 0
    return killed
