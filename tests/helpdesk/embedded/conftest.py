"""The embedded servers: real ones, on directories of their own."""

import pytest

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.services import Services
from tests.support.places import reachable_directory


@pytest.fixture
def data():
    with reachable_directory() as folder:
        yield DataDirectory(folder)


@pytest.fixture
def servers(data):
    running = Services(data, careless=True)
    running.start()
    yield running
    running.stop()
