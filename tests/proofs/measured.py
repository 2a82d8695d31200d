"""Proofs that are a folder of measures, each in a module of its own: take them all, and say which figure does not hold.

A measure names its `KEYS`, and `measure(stage)` returns a figure for each. It may have bounds of its own
(`holds(figures)`), and stay out of the suite (`IN_SUITE = False`).
"""

import argparse
import pkgutil
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

#: By key: the bound in words, and whether a figure keeps it.
Bounds = Mapping[str, tuple[str, Callable[[Any], bool]]]


def prove(name: str, arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Take every measure there is of a proof; `ok` only if each figure that is promised was measured and holds."""
    parser = argparse.ArgumentParser(prog=f"manage.py prove {name}")
    parser.add_argument("--json", action="store_true", help="print nothing but the result on standard output (always)")
    parser.add_argument("--short", action="store_true", help="samples, for CI")
    parser.add_argument("--only", default="", help="measures to take, by name (default: all)")
    options = parser.parse_args(arguments)
    import django

    django.setup()
    from tests.proofs.gate.stage import Stage
    from tests.support.progress import say

    stage = Stage(is_short=options.short, folder=scratch.data.path)
    bounds: Bounds = import_module(f"tests.proofs.{name}.bounds").BOUNDS
    figures: dict[str, Any] = {}
    broken: list[str] = []
    seconds = {}
    for each, module in measures(name, options.only.split(",") if options.only else None).items():
        began = time.monotonic()
        figures |= (found := taken(each, module, stage))
        broken += [] if holds(module, found) else [f"{each}: out of its own bounds"]
        seconds[each] = round(time.monotonic() - began, 1)
        say(f"{each}: {figures}")
    for fault in (faults := [*unmet(bounds, figures), *broken]):
        say(fault)
    return {"ok": not faults, **figures, "unmet": faults, "seconds": seconds}


def measures(proof: str, only: list[str] | None = None) -> dict[str, ModuleType]:
    """Return a proof's measures by name; all of them, or those named."""
    package = import_module(f"tests.proofs.{proof}.measures")
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


def unmet(bounds: Bounds, figures: Mapping[str, Any]) -> list[str]:
    """Return, in words, which keys are missing or out of their bounds; a figure nobody measured does not hold."""
    told = []
    for key, (bound, is_kept) in bounds.items():
        value = figures.get(key)
        if value is None:
            told.append(f"{key}: not measured")
        elif not is_kept(value):
            told.append(f"{key}: {value}, not {bound}")
    return told
