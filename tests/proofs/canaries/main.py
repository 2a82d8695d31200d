"""`manage.py prove canaries [--json] [--mutate] [--short]`: what must not be kept is found nowhere."""

import argparse
import time
from typing import TYPE_CHECKING, Any, Final

from helpdesk.core.loading import loading

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

EACH: Final = 800
EACH_SHORT: Final = 6


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Send values through every surface and search every place; with --mutate take out each masking call in turn."""
    parser = argparse.ArgumentParser(prog="manage.py prove canaries")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--mutate", action="store_true", help="also take out each masking call, to see it found")
    parser.add_argument("--short", action="store_true", help="a few values a surface, for CI")
    parser.add_argument("--each", type=int, default=0, help=f"values a surface (default: {EACH}; short: {EACH_SHORT})")
    parser.add_argument("--only", default="", help="surfaces to drive, by a part of their name (default: all)")
    options = parser.parse_args(arguments)
    options.each = options.each or (EACH_SHORT if options.short else EACH)
    with loading():
        import django

        django.setup()
        from tests.proofs.canaries.run import run

    began = time.monotonic()
    result = run(options, scratch)
    result["seconds"] = round(time.monotonic() - began, 1)
    return result
