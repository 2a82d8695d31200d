"""`manage.py prove modes [--json] [--short]`: nothing in force is weaker than a mode that is not off."""

import argparse
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Try every way; `ok` only if none was weaker, each way can write, the watch misses nothing, all mutants die."""
    parser = argparse.ArgumentParser(prog="manage.py prove modes")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--short", action="store_true", help="each seventh attempt, for CI")
    options = parser.parse_args(arguments)
    import django

    django.setup()
    from tests.proofs.gate.stage import unhindered
    from tests.proofs.modes.ground import make_ground

    with unhindered():
        return figures(make_ground(scratch.superuser_url()), is_short=options.short)


def figures(ground: Any, *, is_short: bool) -> dict[str, Any]:
    """Return the figures, and say what was weaker."""
    from tests.proofs.modes import measure

    silent = measure.controls(ground)
    found = measure.run(ground, every=measure.SHORT_EVERY if is_short else 1)
    watched = measure.drifts(ground)
    killed = measure.mutants(ground)
    for cell in (*found.weaker, *(f"stored: {one}" for one in found.stored)):
        print(f"WEAKER {cell}", file=sys.stderr, flush=True)
    survived = sorted(name for name, is_dead in killed.items() if not is_dead)
    ok = not (found.weaker or found.stored or silent or watched["drifts_missed"] or survived) and found.attempts > 0
    return {
        "ok": ok, "keys": len(found.keys), "paths": len(found.ways), "weaker_found": len(found.weaker),
        "attempts": found.attempts, "stored_weaker": len(found.stored), "silent_paths": silent, **watched,
        "mutants": len(killed), "mutants_survived": survived,
    }  # fmt: skip
