"""Built, then much happens, built again: the same bytes. With the present read anywhere, they are not."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from compliance.audit_export import proof_in
from compliance.evidence import anchored, building, period
from compliance.evidence.controls import CONTROLS
from compliance.models import AuditEntry
from compliance.verifier import packs
from compliance.verifier.tallies import Tally
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.proofs.evidence.scene import SEED, Scene, happen, make_scene
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("identical", "entries", "pack_bytes", "mutants", "mutants_survived")
ENTRIES: Final = 3_000
SHORT: Final = 300
Mutant = Callable[[Scene], AbstractContextManager[Any]]


def measure(stage: Stage) -> Figures:
    """Build it as it is and under each mutant, let things happen, and build all again."""
    scene = make_scene(stage.folder, entries=SHORT if stage.is_short else ENTRIES)
    first, built = scene.build()
    before = {name: _under(mutant, scene) for name, mutant in MUTANTS.items()}
    happen(scene)
    again, _ = scene.build()
    survived = sorted(name for name, mutant in MUTANTS.items() if _under(mutant, scene) == before[name])
    for name in survived:
        say(f"mutant survived: {name}")
    return {
        "identical": first == again, "entries": built.entries, "pack_bytes": built.bytes, "mutants": len(MUTANTS),
        "mutants_survived": survived, "seed": SEED,
    }  # fmt: skip


def _under(mutant: Mutant, scene: Scene) -> bytes:
    with mutant(scene):
        return scene.build()[0]


# --- what reads the present ----------------------------------------------------------------------------------------

_told = Tally.told
_last_sealed_before = period._last_sealed_before


def _looked_up_now(scene: Scene) -> AbstractContextManager[Any]:
    """As if how people stand were looked up as the pack is built."""
    people = next(one for one in CONTROLS if one.key == "people")

    def told(tally: Tally) -> dict[str, Any]:
        found = _told(tally)
        if tally.key != people.key or people.look is None:
            return found
        with tenant_scope(scene.tenant):
            return {**found, "latest": {people.key: "ok", **people.look(scene.tenant, clock.now()).figures}}

    return patch.object(Tally, "told", told)


def _to_the_end(scene: Scene) -> AbstractContextManager[Any]:
    """As if the period ended where the chain ends."""

    def last(tenant_id: UUID, instant: datetime) -> tuple[int, str]:
        if instant < scene.period.end:
            return _last_sealed_before(tenant_id, instant)
        found = AuditEntry.objects.exclude(position=None).order_by("-position")[0]
        return found.position or 0, found.hash

    return patch.object(period, "_last_sealed_before", last)


def _newest_anchor(folder: Any, chain: UUID, **_: Any) -> Any:
    return proof_in(folder.state(), chain, 2**62)


def _newest_key(_: datetime, *, now: datetime) -> Any:
    return anchored.keys.newest(now=now)


MUTANTS: Final[dict[str, Mutant]] = {
    "how controls stand is looked up now": _looked_up_now,
    "the period ends where the chain ends": _to_the_end,
    "the newest anchor is taken": lambda _: patch.object(building, "proof_before", _newest_anchor),
    "the newest key signs": lambda _: patch.object(building, "key_at", _newest_key),
    "the archive tells when it was made": lambda _: patch.object(
        packs, "FIRST_DAY", clock.now().microsecond % 60_000 + 1
    ),
}
