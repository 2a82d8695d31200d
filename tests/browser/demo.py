"""The whole product in processes of its own, for tests that go through it as people do."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.browser.site import ROOT
from tests.support.places import reachable_directory
from tests.support.server import free_port

READY_LIMIT_S: Final = 120
STOP_LIMIT_S: Final = 30
# The test run's own databases are not the demo's. Nor is it measured: that would slow every page a browser waits for.
NOT_ITS_OWN: Final = (
    *("DATABASE_URL", "REDIS_URL", "SETTINGS_MODULE", "DATA_DIR", "SECRET_KEY", "KEY_ENCRYPTION_KEYS"),
    "COVERAGE",
)
Facts = dict[str, Any]


@contextmanager
def running_demo() -> Iterator[Facts]:
    """Start the demo on data of its own and give what it says: addresses, and how to sign in."""
    environment = {name: value for name, value in os.environ.items() if not any(part in name for part in NOT_ITS_OWN)}
    environment["HUSHDESK_BOOTSTRAP"] = "off"
    with reachable_directory() as folder, (folder / "demo.log").open("w") as log:
        data = folder / "data"
        command = [sys.executable, "manage.py", "demo", "--json", "--data-dir", str(data), "--port", str(free_port())]
        demo = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            yield first_line(demo, log.name)
        finally:
            demo.send_signal(signal.SIGINT)
            try:
                demo.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                demo.kill()


def first_line(demo: subprocess.Popen[str], log: str) -> Facts:
    """Wait for the one line that the demo prints when it is ready."""
    assert demo.stdout
    signal.signal(signal.SIGALRM, lambda *_: demo.kill())
    signal.alarm(READY_LIMIT_S)
    line = demo.stdout.readline()
    signal.alarm(0)
    assert line, f"the demo did not start:\n{Path(log).read_text()}"
    return dict(json.loads(line))
