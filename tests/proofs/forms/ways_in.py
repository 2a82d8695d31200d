"""The ways in by which a visitor's words come, found in the code.

Whatever in an interface calls what makes a visitor's draft or begins a conversation is an entry.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

from tests.proofs.isolation.mutants.checks import functions

ROOT: Final = Path(__file__).resolve().parents[3]
#: Through these a visitor's words come into the domain, and what calls them by name in the actions does as well.
DOORS: Final = frozenset({"visitor_draft", "start_conversation", "give_contact_details"})
#: Made by actions alone; an interface that makes one itself is an entry.
MADE: Final = frozenset({"Draft", "SealedMessage.of"})
INTERFACES: Final = ("consumers", "views", "tasks.py", "receivers.py", "record_stores.py", "management")
_MODULES: Final = tuple(name.removesuffix(".py") for name in INTERFACES)


@cache
def entries() -> frozenset[str]:
    """Return the functions of interfaces that lead to a door, found in the source: `module:function`."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "chat").rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for name, body in functions(ast.parse(path.read_text())):
            found[f"{module}:{name}"] = (
                {ast.unparse(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
                | {node.attr for node in ast.walk(body) if isinstance(node, ast.Attribute)}
                | {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and node.id not in MADE}
            )
    doors, before = set(DOORS), set[str]()
    while doors != before:
        before = set(doors)
        doors |= {
            where.rpartition(":")[2].rpartition(".")[2]
            for where, called in found.items()
            if called & doors and where.startswith("chat.actions.")
        }
    inside = {where: called for where, called in found.items() if where.split(".", 1)[1].startswith(_MODULES)}
    # Methods of the same class that lead on to one of them; how a command comes to its handler is a table.
    return frozenset(where for where, called in inside.items() if called & (doors | MADE))
