"""A demo of this run's own, shared by its journeys, and the people who come to it."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import browser, open_context, site, watch  # noqa: F401 (fixtures)
from tests.journeys.people import Window
from tests.support.demo import Demo, running_demo
from tests.support.sockets import Browser


@pytest.fixture(scope="package")
def demo() -> Iterator[Demo]:
    with running_demo() as demo:
        yield demo


@pytest.fixture(scope="package")
def ada(demo: Demo) -> Window:
    """An agent at Acme, signed in."""
    return Window(demo.server).sign_in(demo.person("Ada"))


@pytest.fixture(scope="package")
def mallory(demo: Demo) -> Window:
    """An agent at Globex, signed in."""
    return Window(demo.server).sign_in(demo.person("Mallory"))


@pytest.fixture
def vera(demo: Demo) -> Browser:
    """A visitor on Acme's site, who has said nothing yet."""
    return Browser(demo.server, demo.widget_key("Acme"))
