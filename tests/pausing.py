"""When a measured run measures: while a test runs, and a fixture is made for the first times. By `-p tests.pausing`.

Coverage's tracer slows every instruction of a thread by two thirds, pytest's and Django's as well as ours. What pytest
does between tests is none of ours, and a fixture that is made for the thousandth time runs the lines it ran before;
so does, but for a branch here and there, a test with the tenth of its values and a page that is shown for the tenth
time. Half of a test's time goes to Django's putting statements together and reading their rows: no line of ours but a
field's. What is imported is the same in every process of a spread run, so that one measures it. What is printed is a
lower bound.
Other threads and processes are measured as ever: `tests.support.measuring` says which.
"""

import functools
import gc
import itertools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from helpdesk.core.loading import loading

MEASURED_TIMES: Final = 3
#: Of one property, which may branch on any of its values.
MEASURED_EXAMPLES: Final = 50
#: What is made between two looks for garbage: tests leave little of it in rings.
GARBAGE_AFTER: Final = 20_000


class Pausing:
    """Switches this thread's tracer on and off. The switch stands in the hooks themselves: the tracer counts calls."""

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer
        self.made: Counter[pytest.FixtureDef[Any]] = Counter()
        self.called: Counter[str] = Counter()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Iterator[None]:
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
        if (of_property := getattr(pyfuncitem.obj, "hypothesis", None)) is not None:
            of_property.inner_test = measured_first(of_property.inner_test, self.tracer)
            return (yield)
        sys.settrace(self.tracer)
        try:
            return (yield)
        finally:
            sys.settrace(None)


def unmeasured(work: Callable[..., Any]) -> Callable[..., Any]:
    """Do some work with the tracer off, if it is on."""

    @functools.wraps(work)
    def done(*arguments: Any, **options: Any) -> Any:
        if (tracer := sys.gettrace()) is None:
            return work(*arguments, **options)
        sys.settrace(None)
        try:
            return work(*arguments, **options)
        finally:
            sys.settrace(tracer)

    return done


def measured_first(test: Callable[..., Any], tracer: Any) -> Callable[..., Any]:
    """Measure a property with the first of the examples that Hypothesis gives it, and nothing of how it finds them."""
    given = itertools.count()

    @functools.wraps(test)
    def asserted(*arguments: Any, **options: Any) -> Any:
        if next(given) >= MEASURED_EXAMPLES:
            return test(*arguments, **options)
        outside = sys.gettrace()
        sys.settrace(tracer)
        try:
            return test(*arguments, **options)
        finally:
            sys.settrace(outside)

    return asserted


def measured_at_first(work: Callable[..., Any], named: Callable[[Any], object]) -> Callable[..., Any]:
    """Do some work with the tracer off once work of the same name has been measured a few times."""
    rest, done = unmeasured(work), Counter[object]()

    @functools.wraps(work)
    def doing(subject: Any, *arguments: Any, **options: Any) -> Any:
        name = named(subject)
        done[name] += 1
        return (work if done[name] <= MEASURED_TIMES else rest)(subject, *arguments, **options)

    return doing


def leave_out_django() -> None:
    """Measure nothing while Django turns a queryset or a row into a statement, runs it and reads what it gives."""
    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model, QuerySet
    from django.db.models.sql import Query
    from django.db.models.sql.compiler import SQLCompiler

    asked = ("get", "first", "count", "exists", "create", "bulk_create", "update", "delete", "_filter_or_exclude")
    places: tuple[tuple[type, str], ...] = (
        *((QuerySet, name) for name in ("_fetch_all", *asked)), (Model, "save_base"), (Query, "add_q"),
        (SQLCompiler, "execute_sql"), (CursorWrapper, "execute"),
    )  # fmt: skip
    for owner, name in places:
        setattr(owner, name, unmeasured(getattr(owner, name)))


def measure_pages_at_first() -> None:
    """Measure a template and a kind of document the first times: what of ours runs within is a tag or a footer."""
    from django.template.backends.django import Template
    from reportlab.platypus import BaseDocTemplate

    pages: Any = Template
    pages.render = measured_at_first(pages.render, lambda page: page.template.name)
    BaseDocTemplate.build = measured_at_first(BaseDocTemplate.build, type)


def is_imported_elsewhere() -> bool:
    """Whether another process of the run imports the same modules, and measures that."""
    return os.environ.get("PYTEST_XDIST_WORKER", "gw0") != "gw0"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    """Import the product, as Django is set up, and what all tests use."""
    tracer = sys.gettrace()
    if is_imported_elsewhere():
        sys.settrace(None)
    try:
        with loading():
            return (yield)
    finally:
        sys.settrace(tracer)


def pytest_configure(config: pytest.Config) -> None:
    # Where coverage measures by other means (sys.monitoring, Python 3.14), there is no tracer and nothing to pause.
    if (tracer := sys.gettrace()) is not None:
        config.pluginmanager.register(Pausing(tracer), "hushdesk-pausing")
        leave_out_django()
        measure_pages_at_first()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: looking through it again and again finds nothing to free."""
    tracer = sys.gettrace()
    if is_imported_elsewhere():
        sys.settrace(None)
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(GARBAGE_AFTER)
        gc.enable()
        sys.settrace(tracer)
