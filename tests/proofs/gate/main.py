"""`manage.py prove gate [--json] [--short] [--only NAME,…]`: only the right person, from the right place, right now."""

from types import ModuleType
from typing import TYPE_CHECKING, Any

from tests.proofs import measured
from tests.proofs.measured import holds, taken

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch

__all__ = ("holds", "main", "measures", "taken")


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Take every measure there is; `ok` only if each figure that is promised was measured and holds."""
    return measured.prove("gate", arguments, scratch)


def measures(only: list[str] | None = None) -> dict[str, ModuleType]:
    """Return the measures by name; all of them, or those named."""
    return measured.measures("gate", only)
