"""What of a test run is measured: tests with their first values, and of each fixture the first times it is made."""

import sys
from types import SimpleNamespace

import pytest

from tests.pausing import MEASURED_TIMES, Pausing


def tracer(*_):
    return None


@pytest.fixture
def pausing():
    outside = sys.gettrace()
    yield Pausing(tracer)
    sys.settrace(outside)


def traced_within(hook):
    """Whether the tracer is on while what a hook is wrapped around runs, and then after it."""
    next(hook)
    within = sys.gettrace()
    with pytest.raises(StopIteration):
        hook.send(None)
    return within is tracer, sys.gettrace() is tracer


def test_between_tests_nothing_is_measured(pausing):
    assert traced_within(pausing.pytest_runtest_protocol()) == (False, True)


def test_a_test_is_measured_and_nothing_after_it(pausing, request):
    assert traced_within(pausing.pytest_pyfunc_call(request.node)) == (True, False)


def test_of_a_test_with_many_values_the_first_are_measured(pausing):
    nodes = [SimpleNamespace(nodeid=f"tests/test_odd.py::test_it[{value}]") for value in range(MEASURED_TIMES + 2)]

    times = [traced_within(pausing.pytest_pyfunc_call(node)) for node in nodes]

    assert times == [(True, False)] * MEASURED_TIMES + [(False, False)] * 2


def test_a_fixture_is_measured_the_first_times_and_never_again(pausing):
    sys.settrace(None)

    times = [traced_within(pausing.pytest_fixture_setup("acme")) for _ in range(MEASURED_TIMES + 2)]

    assert times == [(True, False)] * MEASURED_TIMES + [(False, False)] * 2
    assert traced_within(pausing.pytest_fixture_setup("globex")) == (True, False)


def test_a_fixture_that_a_test_asks_for_leaves_the_test_measured(pausing):
    sys.settrace(tracer)

    assert traced_within(pausing.pytest_fixture_setup("acme")) == (True, True)
