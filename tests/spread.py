"""How a spread run divides the tests among its processes; loaded by `-p tests.spread`.

Whoever shares a demo, a server or a browser stays in one process, so that it is started once. What takes longest
begins first, so that no process is left alone with it at the end.
"""

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

#: Tests that share a demo.
TOGETHER: Final = ("tests/browser/", "tests/journeys/")
#: Files whose tests share a process's server: in one group, it is started in one process instead of in each.
AT_ONE_SERVER: Final = (
    "tests/chat/agent_sockets/test_agent_hears.py",
    "tests/chat/agent_sockets/test_agent_socket.py",
    "tests/chat/handover/test_being_there.py",
    "tests/chat/teams/test_team_pages.py",
    "tests/chat/test_journey.py",
    "tests/chat/test_processes.py",
    "tests/chat/test_ratings.py",
    "tests/chat/test_read_marks.py",
    "tests/chat/test_visitor_refusals.py",
    "tests/chat/test_visitor_socket.py",
    "tests/chat/test_waiting.py",
    "tests/helpdesk/test_demo_check.py",
    "tests/helpdesk/test_gate_proof.py",
)
#: Files whose tests share nothing, and take long each.
APART: Final = ("tests/helpdesk/test_prove.py", "tests/helpdesk/test_demo_command.py")
#: Where what takes long begins, the longest first.
LONGEST: Final = (
    "tests/browser/",
    "tests/journeys/",
    "tests/chat/test_durability.py",
    "tests/helpdesk/test_prove.py",
    "tests/helpdesk/test_demo_command.py",
    "tests/helpdesk/deployment/test_deployment.py",
    *AT_ONE_SERVER,
)


class Spread(LoadScopeScheduling):
    """Gives a process one of these groups at a time, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """The group of a test: what runs in one process, one test after the other."""
    if nodeid.startswith(APART):
        return nodeid
    if nodeid.startswith(AT_ONE_SERVER):
        return "tests at one server"
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


def rank(nodeid: str) -> int:
    """How early a test's group begins: what takes long first, the rest in the order in which it was shuffled."""
    return next((place for place, start in enumerate(LONGEST) if nodeid.startswith(start)), len(LONGEST))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: rank(item.nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spread:
    config.option.loadscopereorder = False
    return Spread(config, log)
