"""How a spread run divides the tests among its processes; loaded by `-p tests.spread`.

Whoever shares a demo, a server or a browser stays in one process, so that it is started once. What takes longest
begins first, so that no process is left alone with it at the end. What they tell the process that watches is what it
shows.
"""

from collections.abc import Mapping
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


def pytest_sessionstart(session: pytest.Session) -> None:
    option = session.config.option
    # Both are made of what is told of every part of a test.
    if option.durations is not None or option.xmlpath is not None:
        return
    for plugin in session.config.pluginmanager.get_plugins():
        # By its name: xdist has the text of its module run over there, which makes a class of its own.
        if type(plugin).__name__ == "WorkerInteractor":
            _tell_less(plugin)


def _tell_less(interactor: Any) -> None:
    """Keep back what nothing is shown of: to write it, read it and ask every plugin about it takes 1 ms a test."""
    send = interactor.sendevent

    def sendevent(name: str, **facts: Any) -> None:
        if not is_dull(name, facts):
            send(name, **facts)

    interactor.sendevent = sendevent


def is_dull(name: str, facts: Mapping[str, Any]) -> bool:
    """Whether this only says that a test begins, or that what is done before or behind it went well, in silence."""
    if name != "testreport":
        return name == "logstart"
    report = facts["data"]
    return report["when"] != "call" and report["outcome"] == "passed" and not report["sections"]
