"""An error tracker learns where something failed, and no word of what was said."""

import json
import sys

import pytest

from helpdesk.core import error_tracker
from helpdesk.core.error_tracker import NoErrorTrackerError

CANARY = "4111 1111 1111 1111"
FRAME = {
    "filename": "chat/actions/messages.py", "function": "_post", "lineno": 12, "module": "chat.actions.messages",
    "in_app": True, "vars": {"text": CANARY}, "context_line": f"x = '{CANARY}'", "pre_context": [CANARY],
}  # fmt: skip
EVENT = {
    "event_id": "e1", "level": "error", "message": CANARY, "logentry": {"message": CANARY, "params": [CANARY]},
    "exception": {"values": [{"type": "ValueError", "value": CANARY, "stacktrace": {"frames": [FRAME]}}]},
    "request": {"url": f"http://a/?q={CANARY}", "data": CANARY, "cookies": CANARY, "headers": {"Referer": CANARY}},
    "user": {"email": CANARY}, "breadcrumbs": {"values": [{"message": CANARY}]}, "extra": {"text": CANARY},
    "contexts": {"celery": {"args": [CANARY]}}, "tags": {"subject": CANARY}, "threads": {"values": [FRAME]},
    "transaction": CANARY, "something_new": CANARY,
}  # fmt: skip


def test_an_event_carries_type_and_place_and_nothing_else():
    sent = error_tracker.before_send(EVENT)

    assert CANARY not in json.dumps(sent)
    exception = sent["exception"]["values"][0]
    assert exception["type"] == "ValueError"
    assert exception["stacktrace"]["frames"][0]["lineno"] == 12


def test_events_of_other_shapes_pass_the_same_way():
    for event in ({}, {"exception": None}, {"exception": {"values": [{"stacktrace": None, "value": CANARY}]}}):
        assert CANARY not in json.dumps(error_tracker.before_send(event))


def test_nothing_else_is_ever_collected():
    options = error_tracker.options("https://key@errors.example/1")

    assert options["include_local_variables"] is options["send_default_pii"] is False
    assert options["before_breadcrumb"]({"message": CANARY}) is None
    assert options["before_send_transaction"](EVENT, None) is None


def test_without_an_address_nothing_is_started_and_without_the_library_it_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentry_sdk", None)
    error_tracker.start("")

    with pytest.raises(NoErrorTrackerError):
        error_tracker.start("https://key@errors.example/1")
