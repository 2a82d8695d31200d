"""Which processes of a measured run are measured: by themselves, all that Python starts; see tests/coveragerc.

That costs each of them half its time again. A demo's or a proof's many processes run no line that other tests
don't, so that of these only the first is measured, or none.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
STARTS_BY_ITSELF: Final = "COVERAGE_PROCESS_START"
STARTS_WHEN_ASKED: Final = "MEASURED_WHEN_LOADED"


def unmeasured(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which no process measures itself."""
    return {name: value for name, value in environment.items() if name != STARTS_BY_ITSELF}


def measured_when_loaded(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment in which a process of a measured run measures itself once it is loaded: `tests.support.served`."""
    configuration = environment.get(STARTS_BY_ITSELF)
    return {**unmeasured(environment), **({STARTS_WHEN_ASKED: configuration} if configuration else {})}


def first_measured(*command: str) -> list[str]:
    """A Python command that is measured in a measured run, while what it starts in an unmeasured environment is not."""
    if configuration := os.environ.get(STARTS_BY_ITSELF):
        return [sys.executable, "-m", "coverage", "run", f"--rcfile={configuration}", *command]
    return [sys.executable, *command]
