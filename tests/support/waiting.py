"""Wait for what comes about in its own time."""

import time
from collections.abc import Callable
from typing import Any, Final

PATIENCE_S: Final = 40.0


def until(condition: Callable[[], Any], limit_s: float = PATIENCE_S) -> Any:
    """Look again until there is something to see."""
    deadline = time.monotonic() + limit_s
    while not (seen := condition()):
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.05)
    return seen
