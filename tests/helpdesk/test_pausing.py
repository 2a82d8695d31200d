"""What of a test run is measured: imports once, a test with its first values, a fixture the first times it is made."""

import sys
from types import SimpleNamespace

import pytest

from tests.pausing import (
    MEASURED_EXAMPLES,
    MEASURED_TIMES,
    Pausing,
    measured_at_first,
    measured_first,
    pytest_collection,
    pytest_load_initial_conftests,
    unmeasured,
)


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
    assert traced_within(pausing.pytest_runtestloop()) == (False, True)


def test_a_test_is_measured_and_nothing_after_it(pausing, request):
    assert traced_within(pausing.pytest_pyfunc_call(request.node)) == (True, False)


def test_of_a_test_with_many_values_the_first_are_measured(pausing):
    nodes = [
        SimpleNamespace(nodeid=f"tests/test_odd.py::test_it[{value}]", obj=None) for value in range(MEASURED_TIMES + 2)
    ]

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


@pytest.mark.parametrize("hook", [pytest_load_initial_conftests, pytest_collection])
@pytest.mark.parametrize(
    ("process", "is_measured"), [(None, True), ("gw0", True), ("gw1", False), ("gw2", False)], ids=str
)
def test_one_process_measures_what_all_import(pausing, monkeypatch, hook, process, is_measured):
    monkeypatch.setattr("gc.freeze", lambda: None)
    monkeypatch.setattr("gc.set_threshold", lambda _: None)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    if process:
        monkeypatch.setenv("PYTEST_XDIST_WORKER", process)
    sys.settrace(tracer)

    assert traced_within(hook()) == (is_measured, True)


def test_what_django_does_is_not_measured_and_what_follows_is(pausing):
    look = unmeasured(sys.gettrace)
    sys.settrace(tracer)

    assert look() is None
    assert sys.gettrace() is tracer


def test_what_fails_in_django_leaves_the_rest_measured(pausing):
    sys.settrace(tracer)

    with pytest.raises(ZeroDivisionError):
        unmeasured(lambda: 1 / 0)()

    assert sys.gettrace() is tracer


def test_of_a_property_the_first_examples_are_measured_and_nothing_between_them(pausing):
    is_measured = measured_first(lambda: sys.gettrace() is tracer, tracer)
    sys.settrace(None)

    seen = [(is_measured(), sys.gettrace()) for _ in range(MEASURED_EXAMPLES + 2)]

    assert seen == [(True, None)] * MEASURED_EXAMPLES + [(False, None)] * 2


def test_a_test_of_a_property_leaves_the_measuring_to_its_examples(pausing):
    of_property = SimpleNamespace(inner_test=sys.gettrace)
    node = SimpleNamespace(nodeid="tests/test_odd.py::test_it", obj=SimpleNamespace(hypothesis=of_property))
    sys.settrace(None)

    assert traced_within(pausing.pytest_pyfunc_call(node)) == (False, False)
    assert of_property.inner_test() is tracer


def test_a_page_is_measured_the_first_times(pausing):
    render = measured_at_first(lambda _: sys.gettrace() is tracer, named=str)
    sys.settrace(tracer)

    assert [render("inbox") for _ in range(MEASURED_TIMES + 2)] == [True] * MEASURED_TIMES + [False] * 2
    assert render("card")
    assert sys.gettrace() is tracer
