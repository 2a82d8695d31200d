"""What a server does before its first request."""

import gc

import pytest

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
