"""The embedded servers: real ones, on directories of their own."""

import pytest

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.services import Services
from tests.support.places import reachable_directory


@pytest.fixture
def data():
    """A place with nothing in it."""
    with reachable_directory() as folder:
        yield DataDirectory(folder)


@pytest.fixture(scope="module")
def home():
    """Where servers have been before: the first to start there makes the cluster, which is most of such a test."""
    with reachable_directory() as folder:
        yield DataDirectory(folder)


@pytest.fixture
def servers(home):
    running = Services(home, careless=True)
    running.start()
    yield running
    running.stop()
