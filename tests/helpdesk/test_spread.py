"""How a spread run divides the tests."""

from pathlib import Path

import pytest

from tests import spread

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", sorted({*spread.TOGETHER, *spread.APART, *spread.LONGEST}))
def test_every_place_that_is_named_is_there(name):
    assert (ROOT / name).exists()


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/browser/test_sizes.py::test_it[one]", "tests/browser/"),
        ("tests/browser/test_widget.py::test_it", "tests/browser/"),
        ("tests/chat/test_hub.py::TestIt::test_it[a::b]", "tests/chat/test_hub.py"),
        ("tests/helpdesk/test_prove.py::test_it", "tests/helpdesk/test_prove.py::test_it"),
        ("tests/chat/test_waiting.py::test_it", "tests at one server"),
        ("tests/chat/agent_sockets/test_agent_hears.py::test_it", "tests at one server"),
    ],
)
def test_what_shares_a_demo_is_one_group_and_so_is_a_file(nodeid, group):
    assert spread.group_of(nodeid) == group


def test_what_takes_long_begins_first():
    names = ["tests/chat/test_hub.py::test_it", "tests/browser/test_sizes.py::test_it"]

    assert sorted(names, key=spread.rank) == names[::-1]


@pytest.mark.parametrize(
    ("name", "report", "is_dull"),
    [
        ("logstart", None, True),
        ("testreport", {"when": "setup", "outcome": "passed", "sections": []}, True),
        ("testreport", {"when": "teardown", "outcome": "passed", "sections": []}, True),
        ("testreport", {"when": "call", "outcome": "passed", "sections": []}, False),
        ("testreport", {"when": "setup", "outcome": "failed", "sections": []}, False),
        ("testreport", {"when": "setup", "outcome": "skipped", "sections": []}, False),
        ("testreport", {"when": "teardown", "outcome": "failed", "sections": []}, False),
        ("testreport", {"when": "teardown", "outcome": "passed", "sections": [("Captured log", "lost")]}, False),
        ("logfinish", None, False),
        ("workerfinished", None, False),
    ],
)
def test_of_a_test_only_what_is_shown_is_told(name, report, is_dull):
    assert spread.is_dull(name, {"data": report}) is is_dull
