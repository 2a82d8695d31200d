"""What a server does before its first request."""

import gc

import pytest
from django.db import OperationalError

from helpdesk import lifespan
from helpdesk.lifespan import Lifespan
from tenants.guard import UnsafeDatabaseError

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "keys", "operator", "operator_keys"])


class Server:
    """The server's side of the protocol: it starts the application, and at once ends it."""

    def __init__(self):
        self.answers = []

    async def start(self):
        said = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive():
            return next(said)

        async def send(answer):
            self.answers.append(answer["type"])

        await Lifespan(None)({"type": "lifespan"}, receive, send)


async def test_what_was_made_before_is_not_looked_through_for_garbage(acme):
    server = Server()
    try:
        await server.start()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()

    assert server.answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_an_unsafe_database_fails_the_start(monkeypatch):
    def unsafe(**_):
        raise UnsafeDatabaseError("default: the role is a superuser")

    monkeypatch.setattr("helpdesk.lifespan.check_database_role", unsafe)
    server = Server()

    with pytest.raises(UnsafeDatabaseError):
        await server.start()
    assert server.answers == ["lifespan.startup.failed"]


async def test_a_database_that_is_starting_up_is_waited_for(monkeypatch):
    away = [OperationalError("starting up"), OperationalError("starting up")]

    def look(**_):
        if away:
            raise away.pop()

    monkeypatch.setattr(lifespan, "AGAIN_AFTER_S", 0.001)
    monkeypatch.setattr(lifespan, "check_database_role", look)
    server = Server()
    try:
        await server.start()
    finally:
        gc.unfreeze()

    assert server.answers == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_database_that_does_not_come_is_given_up(monkeypatch):
    def gone(**_):
        raise OperationalError("gone")

    monkeypatch.setattr(lifespan, "PATIENCE_S", -1)
    monkeypatch.setattr(lifespan, "check_database_role", gone)
    server = Server()

    with pytest.raises(OperationalError):
        await server.start()
    assert server.answers == ["lifespan.startup.failed"]
