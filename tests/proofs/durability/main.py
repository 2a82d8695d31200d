"""`manage.py prove durability [--json] [--kills N] [--mutate]`: what was acknowledged is kept, once, in order."""

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

from helpdesk.core.loading import loading

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

KILLS: Final = 100
# Of each kind at least one.
KILLS_SHORT: Final = 12


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Let conversations go on while things are killed, and compare; with --mutate also see the proof go red."""
    parser = argparse.ArgumentParser(prog="manage.py prove durability")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--kills", type=int, default=KILLS, help="processes to kill -9 (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help=f"{KILLS_SHORT} kills in quick succession, for CI")
    parser.add_argument("--seed", type=int, default=1, help="of what is killed when (default: %(default)s)")
    parser.add_argument("--every", type=float, default=0.8, help="seconds between two messages of one person")
    parser.add_argument("--mutate", action="store_true", help="also break the product in turn, to see it found")
    parser.add_argument("--mutant", default="", help="break the product in this one way, and nothing else")
    options = parser.parse_args(arguments)
    if options.short:
        options.kills = min(options.kills, KILLS_SHORT)
    with loading():
        import django

        django.setup()
        from tests.proofs.durability.run import run

    began = time.monotonic()
    result = run(options, scratch)
    result["seconds"] = round(time.monotonic() - began, 1)
    return result
