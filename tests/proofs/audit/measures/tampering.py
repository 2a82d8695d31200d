"""What a superuser of the database does to chains and anchors: is each found, and the first bad entry named?

A whole chain that is written anew with hashes that are right can be found by anchors alone; with them it is.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from compliance import audit_chain
from compliance.verifier import entries as judging
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError
from helpdesk.core import ed25519
from tests.proofs.audit.chains import Trails, trails
from tests.proofs.audit.deeds import FILES, OTHERS, Deed, edits
from tests.proofs.gate.stage import Figures, Stage
from tests.support.progress import say

KEYS: Final = ("tamperings", "undetected", "misnamed", "false_alarms", "mutants", "mutants_caught")
SEED: Final = 20261126
#: Of each deed, on each of three chains.
TIMES: Final = 16
OF_FILES: Final = 60
SHORT: Final = 1
Tampering = tuple[str, UUID, Deed]


def measure(stage: Stage) -> Figures:
    """Do it all, each deed from the same good chains, and verify."""
    times = SHORT if stage.is_short else TIMES
    with trails(stage.folder, SEED) as made:
        false_alarms = sum(found(made, chain) is not None for chain in made.chains)
        undetected, misnamed, count = judged(made, times)
        files, missed = judged_files(made, SHORT * 4 if stage.is_short else OF_FILES)
        mutants = {name: caught(made, name) for name in MUTANTS}
    for name in sorted(undetected | missed):
        say(f"NOT FOUND {name}: {(undetected | missed)[name]}")
    for name, is_caught in mutants.items():
        say(f"mutant {name}: {'caught' if is_caught else 'SURVIVED'}")
    return {
        "tamperings": count + files, "undetected": undetected.total() + missed.total(), "misnamed": misnamed.total(),
        "false_alarms": false_alarms, "mutants": len(mutants), "mutants_caught": sum(mutants.values()), "seed": SEED,
    }  # fmt: skip


def holds(figures: dict[str, Any]) -> bool:
    """Good chains are good, what is bad has its name, and a verifier that looks away would have been found out."""
    named = not figures["misnamed"] and not figures["false_alarms"]
    return named and figures["mutants"] == figures["mutants_caught"] > 0


def tamperings(made: Trails, times: int) -> Iterator[Tampering]:
    for chain in made.chains:
        for name, deed in (*edits(chain), *OTHERS.items()):
            for _ in range(times):
                yield name, chain, deed


def judged(made: Trails, times: int) -> tuple[Counter[str], Counter[str], int]:
    """Return what was not found, what was found in the wrong place, and how much was done."""
    undetected: Counter[str] = Counter()
    misnamed: Counter[str] = Counter()
    count = 0
    for name, chain, deed in tamperings(made, times):
        with made.database.transaction(force_rollback=True):
            expected = deed(made, chain)
            bad = found(made, chain)
        count += 1
        undetected[name] += bad is None
        if bad is not None and expected not in {None, bad}:
            misnamed[name] += 1
            say(f"{name}: {bad}, not {expected}")
    return +undetected, +misnamed, count


def found(made: Trails, chain: UUID) -> int | None:
    """Verify as the service does, and return the first bad entry."""
    with made.database.cursor() as cursor:
        broken = audit_chain.verify_by(cursor, chain, anchored=anchors(made).of[chain.bytes]).broken
    return None if broken is None else broken.position


def anchors(made: Trails) -> Anchors:
    read = Anchors(verify=ed25519.is_signed)
    for file in made.folder.files():
        read.read(file.read_bytes().split(b"\n"))
    return read


def judged_files(made: Trails, times: int) -> tuple[int, Counter[str]]:
    """Do the same to the lines of the anchors' files; return how much, and what was not found."""
    lines = [line for file in made.folder.files() for line in file.read_bytes().splitlines()]
    missed: Counter[str] = Counter()
    count = 0
    for name, deed in FILES.items():
        for _ in range(times):
            bad = b"\n".join(deed(made, lines))
            count += 1
            try:
                Anchors(verify=ed25519.is_signed).read(bad.split(b"\n"))
            except BrokenError:
                continue
            missed[name] += 1
    return count, +missed


# --- a verifier that looks away must be found out ------------------------------------------------------------------

MUTANTS: Final[dict[str, tuple[str, Any]]] = {
    "anchors are not looked at": ("rewritten", ("compliance.verifier.entries.Walk.__init__", "without anchors")),
    "facts are not hashed": ("facts", ("compliance.verifier.entries.digest", "without facts")),
    "the end is not looked at": ("tail cut", ("compliance.verifier.entries.Walk.end", "nothing")),
}
_init = judging.Walk.__init__


def _without_anchors(self: Any, chain: bytes, **about: Any) -> None:
    _init(self, chain, **{**about, "anchored": None})


def _without_facts(entry: Any, prior: bytes) -> bytes:
    """As if the facts could be anything: what is stored is taken for what was computed."""
    del prior
    return bytes(entry.hash)


WAYS: Final[dict[str, Any]] = {
    "without anchors": _without_anchors, "without facts": _without_facts, "nothing": lambda *_: None,
}  # fmt: skip


def caught(made: Trails, mutant: str) -> bool:
    """Whether a deed goes unseen by the mutant, which the figure above would then tell."""
    deed_name, (target, way) = MUTANTS[mutant]
    chain = made.chains[0]
    deeds = dict((*edits(chain), *OTHERS.items()))
    with patch(target, WAYS[way]):
        for _ in range(8):
            with made.database.transaction(force_rollback=True):
                deeds[deed_name](made, chain)
                if found(made, chain) is None:
                    return True
    return False
