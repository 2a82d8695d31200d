"""Waiting an outage out, in a thread."""

import threading

import pytest
from django.db import OperationalError
from redis import ConnectionError as ValkeyGoneError

from helpdesk.core import patience


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch):
    monkeypatch.setattr(patience, "AGAIN_AFTER_S", 0.0)


def failing(*errors: Exception):
    left = list(errors)

    def ask() -> str:
        if left:
            raise left.pop(0)
        return "here"

    return ask


def test_what_is_away_for_a_moment_is_asked_again():
    assert patience.waiting_out(failing(OperationalError(), ValkeyGoneError(), OperationalError())) == "here"


def test_patience_has_an_end(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE_S", -1.0)

    with pytest.raises(OperationalError):
        patience.waiting_out(failing(OperationalError(), OperationalError()))


def test_another_error_is_told_at_once():
    ask = failing(LookupError(), LookupError())

    with pytest.raises(LookupError):
        patience.waiting_out(ask)
    with pytest.raises(LookupError):
        ask()


def test_only_so_many_wait_and_their_places_are_given_back(monkeypatch):
    monkeypatch.setattr(patience, "_places", threading.BoundedSemaphore(1))
    inner: list[str] = []

    def nested() -> str:
        with pytest.raises(OperationalError):
            patience.waiting_out(failing(OperationalError()))
        inner.append("refused")
        return "here"

    first = failing(OperationalError())
    assert patience.waiting_out(lambda: first() and nested()) == "here"
    assert inner == ["refused"]
    assert patience.waiting_out(failing(OperationalError())) == "here"
