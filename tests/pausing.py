"""When a measured run measures: while a test runs, and a fixture is made for the first times. By `-p tests.pausing`.

Coverage's tracer slows every instruction of a thread by two thirds, pytest's and Django's as well as ours. What pytest
does between tests is none of ours, and a fixture that is made for the thousandth time runs the lines it ran before;
so does, but for a branch here and there, a test with the tenth of its values. What is printed is a lower bound.
Other threads and processes are measured as ever: `tests.support.measuring` says which.
"""

import gc
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest

MEASURED_TIMES: Final = 3


class Pausing:
    """Switches this thread's tracer on and off. The switch stands in the hooks themselves: the tracer counts calls."""

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer
        self.made: Counter[pytest.FixtureDef[Any]] = Counter()
        self.called: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self) -> Iterator[None]:
        sys.settrace(None)
        try:
            return (yield)
        finally:
            sys.settrace(self.tracer)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Iterator[None]:
        self.made[fixturedef] += 1
        if self.made[fixturedef] > MEASURED_TIMES:
            return (yield)
        outside = sys.gettrace()
        sys.settrace(self.tracer)
        try:
            return (yield)
        finally:
            sys.settrace(outside)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Iterator[None]:
        test = pyfuncitem.nodeid.partition("[")[0]
        self.called[test] += 1
        if self.called[test] > MEASURED_TIMES:
            return (yield)
        sys.settrace(self.tracer)
        try:
            return (yield)
        finally:
            sys.settrace(None)


def pytest_configure(config: pytest.Config) -> None:
    # Where coverage measures by other means (sys.monitoring, Python 3.14), there is no tracer and nothing to pause.
    if (tracer := sys.gettrace()) is not None:
        config.pluginmanager.register(Pausing(tracer), "hushdesk-pausing")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: looking through it again and again finds nothing to free."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
