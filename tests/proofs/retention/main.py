"""`manage.py prove retention [--json] [--short] [--only NAME,…]`: what is past its time goes, what is held stays."""

from typing import TYPE_CHECKING, Any

from tests.proofs import measured

if TYPE_CHECKING:
    from helpdesk.launch.prove import Scratch


def main(arguments: list[str], scratch: "Scratch") -> dict[str, Any]:
    """Take every measure there is; `ok` only if each figure that is promised was measured and holds."""
    return measured.prove("retention", arguments, scratch)
