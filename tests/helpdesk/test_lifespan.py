"""A web process that starts while its database is away waits for it, and not for ever."""

import asyncio

import pytest
from django.db import OperationalError

from helpdesk import lifespan
from tenants.guard import UnsafeDatabaseError


@pytest.fixture
def started(monkeypatch):
    """Start with a database that answers like this, time after time; returns what the server is told."""
    monkeypatch.setattr(lifespan, "AGAIN_AFTER_S", 0.001)

    def start(*answers):
        left, told = list(answers), []

        def look(**_):
            if (answer := left.pop(0) if left else None) is not None:
                raise answer

        async def run():
            async def receive():
                return {"type": "lifespan.startup"}

            async def send(event):
                told.append(event["type"])

            await lifespan.Lifespan(None)({"type": "lifespan"}, receive, send)

        monkeypatch.setattr(lifespan, "check_database_role", look)
        try:
            asyncio.run(run())
        except (OperationalError, UnsafeDatabaseError):
            told.append("ended")
        return told

    return start


def test_a_database_that_comes_back_is_waited_for(started):
    assert started(OperationalError("starting up"), OperationalError("starting up"))[0] == "lifespan.startup.complete"


def test_one_that_does_not_come_back_is_given_up(started, monkeypatch):
    monkeypatch.setattr(lifespan, "PATIENCE_S", -1)

    assert started(OperationalError("gone")) == ["lifespan.startup.failed", "ended"]


def test_an_unsafe_role_is_refused_at_once(started):
    assert started(UnsafeDatabaseError("superuser"), None) == ["lifespan.startup.failed", "ended"]
