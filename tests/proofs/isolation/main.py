"""`manage.py prove isolation [--json] [--mutate] [--short]`: nobody of one organisation learns of another's."""

import argparse
import time
from typing import TYPE_CHECKING, Any

from helpdesk.core.loading import loading

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

SHORT_EVERY = 17


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Probe everything there is; with --mutate also see that the probes find a fence that is missing."""
    parser = argparse.ArgumentParser(prog="manage.py prove isolation")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--mutate", action="store_true", help="also remove each fence in turn")
    parser.add_argument("--short", action="store_true", help="every 17th page probe and a short race, for CI")
    parser.add_argument("--every", type=int, default=0, help="every so manieth page probe (default: 1; short: 17)")
    parser.add_argument("--transactions", type=int, default=0, help="of the race (default: 100,000; short: 4,000)")
    parser.add_argument("--only", default="pages,sockets,jobs,roles,race", help="parts to run (default: all)")
    options = parser.parse_args(arguments)
    with loading():
        import django

        django.setup()
        from tests.proofs.isolation.run import run

    began = time.monotonic()
    result = run(options, scratch)
    result["seconds"] = round(time.monotonic() - began, 1)
    return result
