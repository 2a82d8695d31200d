"""`manage.py prove evidence [--json] [--short] [--only NAME,…]`: packs are the same for ever, and checked alone."""

from typing import TYPE_CHECKING, Any

from tests.proofs import measured

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Take every measure there is; `ok` only if each figure that is promised was measured and holds."""
    return measured.prove("evidence", arguments, scratch)
