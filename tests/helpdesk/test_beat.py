"""Beat has an app of its own, without the tasks: what it sends must be what a process that knows them would."""

import json
import subprocess
import sys
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler

from helpdesk.celery import SCHEDULE, app
from tests.support.server import ROOT

# As a process of its own: in this one, every app knows every task.
SENDS = """
import sys
from helpdesk.beat import app
from tests.helpdesk.test_beat import send_everything
app.loader.init_worker()
send_everything(app)
print({name.partition(".")[0] for name in sys.modules} & {"chat", "tenants"})
"""
# What is new in each message; and what the worker knows by itself: that nobody keeps what a task returns.
LEFT_OUT = {"id", "root_id", "correlation_id", "delivery_tag", "reply_to", "origin", "ignore_result"}


def send_everything(sender: Celery) -> None:
    """Send every job of the schedule, as beat does when it is due."""
    scheduler = Scheduler(sender, lazy=True)
    scheduler.setup_schedule()
    for name in sender.conf.beat_schedule:
        scheduler.apply_async(scheduler.schedule[name], advance=False)


@pytest.fixture
def sent(valkey):
    """What was sent, oldest first, as far as it is compared."""

    def sent() -> list[dict[str, Any]]:
        messages = valkey.lrange("celery", 0, -1)[::-1]
        valkey.delete("celery")
        return [compared(json.loads(message)) for message in messages]

    return sent


def compared(message: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in message.items() if key not in LEFT_OUT}
    if kept.get("expires"):
        kept["expires"] = "at some time"
    return {key: compared(value) if isinstance(value, dict) else value for key, value in kept.items()}


def test_beat_sends_the_same_without_the_tasks(sent):
    app.loader.import_default_modules()
    send_everything(app)
    by_who_knows_them = sent()

    done = subprocess.run([sys.executable, "-c", SENDS], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"
    assert len(by_who_knows_them) == len(SCHEDULE)
    assert sent() == by_who_knows_them
