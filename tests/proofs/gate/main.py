"""`manage.py prove gate [--json] [--short] [--only NAME,…]`: only the right person, from the right place, right now."""

import argparse
import pkgutil
import time
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Take every measure there is; `ok` only if each figure that is promised was measured and holds."""
    parser = argparse.ArgumentParser(prog="manage.py prove gate")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--short", action="store_true", help="samples, for CI")
    parser.add_argument("--only", default="", help="measures to take, by name (default: all)")
    options = parser.parse_args(arguments)
    import django

    django.setup()
    from tests.proofs.gate.bounds import unmet
    from tests.proofs.gate.stage import Stage, say

    stage = Stage(is_short=options.short, folder=scratch.data.path)
    figures: dict[str, Any] = {}
    broken: list[str] = []
    seconds = {}
    for name, module in measures(options.only.split(",") if options.only else None).items():
        began = time.monotonic()
        figures |= (found := taken(name, module, stage))
        broken += [] if holds(module, found) else [f"{name}: out of its own bounds"]
        seconds[name] = round(time.monotonic() - began, 1)
        say(f"{name}: {figures}")
    for fault in (faults := [*unmet(figures), *broken]):
        say(fault)
    return {"ok": not faults, **figures, "unmet": faults, "seconds": seconds}


def measures(only: list[str] | None = None) -> dict[str, ModuleType]:
    """Return the measures by name; all of them, or those named."""
    from tests.proofs.gate import measures as package

    found = {
        each.name: import_module(f"{package.__name__}.{each.name}") for each in pkgutil.iter_modules(package.__path__)
    }
    return {name: module for name, module in found.items() if only is None or name in only}


def taken(name: str, module: ModuleType, stage: Any) -> dict[str, Any]:
    """Take one measure; it must give what it says it does."""
    figures: dict[str, Any] = module.measure(stage)
    if missing := set(module.KEYS) - figures.keys():
        raise AssertionError(f"{name} gave no {', '.join(sorted(missing))}")
    return figures


def holds(module: ModuleType, figures: dict[str, Any]) -> bool:
    """Whether figures keep the bounds that a measure has of its own, beside those that are promised."""
    judge = getattr(module, "holds", None)
    return judge is None or bool(judge(figures))
