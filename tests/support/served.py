"""uvicorn with the program loaded: `python -m tests.support.served APPLICATION …`; if measured, from then on.

To load it takes twice as long while that is measured, and the tests' own processes load the same lines.
"""

import os
from importlib import import_module

import coverage
import uvicorn

from tests.support.measuring import STARTS_BY_ITSELF, STARTS_WHEN_ASKED


def main() -> None:
    import_module("helpdesk.asgi")
    # The addresses, and with them every page, are else loaded by the first request.
    import_module("helpdesk.urls")
    if configuration := os.environ.pop(STARTS_WHEN_ASKED, None):
        os.environ[STARTS_BY_ITSELF] = configuration
        coverage.process_startup()
    uvicorn.main()


if __name__ == "__main__":
    main()
