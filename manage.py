#!/usr/bin/env python3
"""Run a Hushdesk command. On a bare Python 3.11+ this first makes `.venv` and installs what is pinned."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parent

if sys.version_info < (3, 11):  # noqa: UP036  an older Python must hear why, not trip over new syntax
    sys.exit("Hushdesk needs Python 3.11 or newer; this is Python %d.%d." % sys.version_info[:2])


def bootstrap() -> None:
    """Go on in the project's own environment.

    Loaded by path: `import helpdesk` brings in Celery, which is not installed yet.
    """
    spec = spec_from_file_location("hushdesk_bootstrap", ROOT / "helpdesk" / "bootstrap.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.ensure(ROOT, sys.argv)


def main() -> None:
    bootstrap()
    from helpdesk.launch import run

    run(sys.argv)


if __name__ == "__main__":
    main()
