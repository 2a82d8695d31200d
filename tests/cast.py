"""The cast, made once for many tests; registered by `tests.embedded`.

To open an organisation costs more than most tests do. So whom a test asks for stands in transactions around the test's
own: the next test that asks for the same people finds them as they were made, since what a test does is rolled back to
there. Nobody else is there: a person whom a test does not ask for is rolled back too. Each test gets copies of its own.

A test that commits, or uses no database by these fixtures, finds the databases empty.
"""

import copy
from collections.abc import Callable, Iterator
from itertools import groupby, takewhile
from typing import Any, Final

import pytest
from django.db import connections
from django.test import TestCase

from helpdesk.core import clock
from tenants.roles import Role
from tests.factories.tenants import make_member, make_person, make_tenant, owner_of
from tests.support import memory

People = dict[str, Any]
Entrance = Callable[[People], None]


def _opened(name: str, owner: str) -> Entrance:
    """An organisation comes, and its owner with it."""
    key, mine = name.lower(), owner.lower()

    def enter(there: People) -> None:
        now = clock.now()
        person = make_person(owner, email=f"{mine}@{key}.example", now=now)
        there[key] = make_tenant(name, owner=person, now=now)
        there[mine] = owner_of(there[key])

    return enter


def _joined(name: str, organisation: str, role: Role) -> Entrance:
    def enter(there: People) -> None:
        there[name.lower()] = make_member(there[organisation], name, role, now=clock.now())

    return enter


def _oscar(there: People) -> None:
    there["oscar"] = make_person("Oscar", email="oscar@hushdesk.example", is_operator=True, now=clock.now())


#: Who comes first is rolled back last: those whom most tests ask for.
ENTRANCES: Final[dict[str, Entrance]] = {
    "acme": _opened("Acme", "Olive"),
    "ada": _joined("Ada", "acme", Role.AGENT),
    "globex": _opened("Globex", "Gustav"),
    "mallory": _joined("Mallory", "globex", Role.AGENT),
    "sam": _joined("Sam", "acme", Role.SUPERVISOR),
    "oscar": _oscar,
}


class Around(TestCase):
    """Opens and rolls back a transaction on each database that the cast is in, as Django does around its tests."""

    databases = frozenset({"default", "keys"})


class Stage:
    """Who is there now, each in a transaction within that of who came before."""

    def __init__(self) -> None:
        self._transactions: dict[str, Any] = {}
        self._people: list[People] = [{}]

    @property
    def people(self) -> People:
        return self._people[-1]

    def set_for(self, names: list[str]) -> bool:
        """Let just these people be there, in this order; return whether anyone had to be made."""
        if self._is_broken():
            self.clear()
        same = takewhile(lambda pair: pair[0] == pair[1], zip(names, self._transactions, strict=False))
        kept = len([*same])
        self._leave(kept)
        for name in names[kept:]:
            self._transactions[name] = Around._enter_atomics()  # type: ignore[attr-defined]
            self._people.append(dict(self.people))
            try:
                ENTRANCES[name](self.people)
            except BaseException:
                self.clear()
                raise
        return kept < len(names)

    def clear(self) -> None:
        self._leave(0)

    def _leave(self, kept: int) -> None:
        while len(self._transactions) > kept:
            _, atomics = self._transactions.popitem()
            del self._people[len(self._transactions) + 1 :]
            Around._rollback_atomics(atomics)  # type: ignore[attr-defined]

    def _is_broken(self) -> bool:
        """Whether a connection was closed, or has died, and with it everyone on the stage."""
        return any(one.closed_in_transaction or one.needs_rollback for one in connections.all(initialized_only=True))


class Cast:
    """Who is there in one test. What is not there yet is made when it is asked for."""

    def __init__(self, people: People) -> None:
        # All at once, so that Ada's organisation is the one that the test has.
        self._people = copy.deepcopy(people)

    def __getitem__(self, name: str) -> Any:
        if name not in self._people:
            ENTRANCES[name](self._people)
        return self._people[name]


stage: Final = Stage()

#: Whom a test asks for; absent where the databases have to be empty.
ASKED: Final = pytest.StashKey[list[str]]()
IS_SET: Final = pytest.StashKey[bool]()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests of one module that ask for the same people follow each other."""
    for item in items:
        if is_rolled_back(item):
            names = set(getattr(item, "fixturenames", ()))
            item.stash[ASKED] = [name for name in ENTRANCES if name in names]
    places = {name: place for place, name in enumerate(ENTRANCES)}
    items[:] = [
        item
        for _, together in groupby(list(items), key=lambda item: item.path)
        for item in sorted(together, key=lambda item: [places[name] for name in item.stash.get(ASKED, [])])
    ]


def is_rolled_back(item: pytest.Item) -> bool:
    """Whether it is a database test that does not commit (`tests.databases` has marked each of them)."""
    marker = item.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ()))
    return marker is not None and not commits and not marker.kwargs.get("transaction")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Iterator[None]:
    """Set the stage before the first fixture of a test's own, so that what a fixture changes is not known there."""
    if request.scope == "function" and not request.node.stash.get(IS_SET, False):
        request.node.stash[IS_SET] = True
        with request.getfixturevalue("django_db_blocker").unblock():
            set_stage(request)
    return (yield)


def set_stage(request: pytest.FixtureRequest) -> None:
    """Let the people be there whom a test asks for, as if made long ago: neither this process nor Valkey knows them."""
    if stage.set_for(request.node.stash.get(ASKED, [])):
        request.getfixturevalue("valkey").flushdb()
    memory.forget()
