"""`manage.py bench NAME`: each bench is a module of this package with a `main`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

BENCHES: Final = ("chat", "masking", "screen", "tenancy")


def main(argv: Sequence[str]) -> int:
    """Run the bench that is named."""
    if not argv or argv[0] not in BENCHES:
        print(f"usage: manage.py bench {{{','.join(BENCHES)}}} …", file=sys.stderr)
        return 2
    code: int = import_module(f"tests.bench.{argv[0]}").main(argv[1:])
    return code
