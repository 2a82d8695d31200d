"""The checks inside actions and the door to plaintext: each taken out of the code, its function called by the wrong.

The checks are found in the source, so a new one without a probe is a mutant that survives.
"""

import ast
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from types import CodeType
from typing import Any, Final

from tests.proofs.isolation.asking import undone
from tests.proofs.isolation.mutants.callers import Attempt, Callers
from tests.proofs.isolation.mutants.core import Mutant
from tests.proofs.isolation.mutants.reading import Reading
from tests.proofs.isolation.mutants.ruling import Ruling
from tests.proofs.isolation.mutants.working import Working
from tests.proofs.isolation.sides import World

ROOT: Final = Path(__file__).resolve().parents[4]
APPS: Final = ("tenants", "chat", "compliance")
CHECKS: Final = frozenset(
    {
        "require",
        "require_author",
        "require_reader",
        "require_member_reader",
        "require_own",
        "require_actor",
        "require_operator",
        "require_oversight",
        "require_tender",
    }
)
REFUSALS: Final = frozenset({"NotPermittedError"})


@dataclass(frozen=True)
class Site:
    """One check: the n-th in a function of a module."""

    module: str
    # With its class, if it is a method.
    function: str
    number: int
    line: int

    @property
    def name(self) -> str:
        return f"{self.module}.{self.function}, check {self.number + 1}"


def is_check(node: ast.AST) -> bool:
    """A statement that calls a check, or an `if` that does nothing but refuse."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        called = node.value.func
        return getattr(called, "attr", getattr(called, "id", "")) in CHECKS
    if isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Raise):
        raised: Any = node.body[0].exc
        return getattr(getattr(raised, "func", raised), "id", "") in REFUSALS
    return False


def sites() -> list[Site]:
    """Return every check in the applications' code."""
    found = []
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            for name, function in functions(ast.parse(path.read_text())):
                checks = [node for node in ast.walk(function) if is_check(node)]
                found += [Site(module, name, n, node.lineno) for n, node in enumerate(checks)]
    return found


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield a module's functions and its classes' methods, with their qualified names."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield within + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from functions(node, f"{within}{node.name}.")


def found_in(module: str, function: str) -> Any:
    """Return a function or method by its qualified name; None for one that is not there."""
    try:
        return attrgetter(function)(import_module(module))
    except AttributeError:
        return None


@cache
def ways_to(module: str, function: str) -> list[str]:
    """Return the function itself, or, for a private one, the module's functions that go through it as well."""
    path = inspect.getsourcefile(import_module(module))
    assert path is not None
    reached = [function]
    if function.startswith("_"):
        bodies = dict(functions(ast.parse(Path(path).read_text())))
        for name in reached:
            calls = [one for one, body in bodies.items()
                     if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(body))]  # fmt: skip
            reached += [one for one in calls if one not in reached]
    return reached


def without(site: Site) -> CodeType:
    """Return the function's code without the check."""
    module = import_module(site.module)
    path = inspect.getsourcefile(module)
    assert path is not None
    tree = ast.parse(Path(path).read_text())
    function = dict(functions(tree))[site.function]
    wanted = [node for node in ast.walk(function) if is_check(node)][site.number]

    class Remove(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            return ast.copy_location(ast.Pass(), node) if node is wanted else self.generic_visit(node)

    compiled = compile(ast.fix_missing_locations(Remove().visit(tree)), path, "exec")
    for name in site.function.split("."):
        compiled = next(one for one in compiled.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return compiled


@contextmanager
def missing(site: Site) -> Iterator[None]:
    function: Any = inspect.unwrap(found_in(site.module, site.function))
    kept, function.__code__ = function.__code__, without(site)
    try:
        yield
    finally:
        function.__code__ = kept


def check_mutants(world: World) -> list[Mutant]:
    """One mutant for each check there is; its probes are the attempts at its function that are refused now."""
    attempts = attempts_by_function(world)
    found = []
    for site in sites():
        tried = attempts.get(f"{site.module}.{site.function}", [])
        probes = [partial(is_refused, attempt) for attempt in tried if is_refused(attempt)]
        found.append(Mutant("check", site.name, partial(missing, site), probes))
    return found


def is_refused(attempt: Attempt) -> bool:
    with undone():
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 (whatever else goes wrong is no refusal)
            return type(error).__name__ in {"NotPermittedError", "UnknownAssigneeError"}
    return False


def attempts_by_function(world: World) -> dict[str, list[Attempt]]:
    """Return, for every function that checks, calls of it, or of what goes through it, by those who may not."""
    callers = Callers(world)
    by_hand = Reading(world).by_hand() | Working(world).by_hand() | Ruling(world).by_hand()
    return {
        f"{module}.{function}": [
            attempt
            for name in ways_to(module, function)
            if (call := found_in(module, name)) is not None
            for attempt in by_hand.get(name) or callers.general(call)
        ]
        for module, function in {(site.module, site.function) for site in sites()}
    }
