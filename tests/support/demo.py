"""The whole product in processes of its own, which a test may kill one by one."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.postgres import copy_cluster
from helpdesk.embedded.processes import birth_mark
from helpdesk.launch import migrated
from tests.support.places import reachable_directory
from tests.support.server import ROOT, Server, free_port
from tests.support.waiting import until

# The test run's own servers are not the demo's, nor is it measured: its starts would take half as long again.
NOT_ITS_OWN: Final = (
    *("DATABASE_URL", "REDIS_URL", "SETTINGS_MODULE", "DATA_DIR", "SECRET_KEY", "KEY_ENCRYPTION_KEYS", "PYTEST"),
    *("HUSHDESK_STARTED", "COVERAGE"),
)
# How each process is told from the others by its command line.
MARKS: Final = {
    "PostgreSQL": "/postgres -D",
    "Valkey": "valkey-server",
    "beat": " beat ",
    "worker": " worker ",
    "web": "helpdesk.serving",
}
#: However busy the machine is meanwhile.
STOPPED_WITHIN_S: Final = 120
Facts = dict[str, Any]


class Demo:
    """A running demo: its addresses, its people, its processes, its files."""

    def __init__(self, process: "subprocess.Popen[str]", facts: Facts, data: DataDirectory) -> None:
        self.process = process
        self.facts = facts
        self.data = data
        self.server = Server(int(facts["site_url"].rpartition(":")[2]))

    def person(self, name: str) -> Facts:
        return next(one for one in self.facts["people"] if one["name"] == name)

    def widget_key(self, organisation: str) -> str:
        return str(next(one["widget_key"] for one in self.facts["organisations"] if one["name"] == organisation))

    def children(self) -> list[int]:
        """What it has started and runs now."""
        return [pid for pid, _, _ in json.loads(self.data.processes.read_text())]

    def pid(self, name: str) -> int | None:
        """The process that runs a service now; None while there is none."""
        for pid, mark, _ in json.loads(self.data.processes.read_text()):
            if birth_mark(pid) == mark and MARKS[name] in command_line(pid):
                return int(pid)
        return None

    def kill(self, name: str) -> None:
        """Kill -9, and see it gone."""
        pid = self.pid(name)
        assert pid, f"{name} is not running"
        # With those that it has started: of a web server, they would go on serving.
        os.killpg(pid, signal.SIGKILL)
        until(lambda: birth_mark(pid) is None)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Kill a service and keep it away until the end of the block; then wait until all is well again.

        Its supervisor is halted meanwhile, so that the outage lasts exactly as long as the block.
        """
        self.process.send_signal(signal.SIGSTOP)
        try:
            self.kill(name)
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)
        until(lambda: self.pid(name) is not None and self.is_ready())

    def is_ready(self) -> bool:
        try:
            with self.server.client() as client:
                return client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def logs(self) -> dict[str, str]:
        return {path.name: path.read_text(errors="replace") for path in self.data.logs.iterdir()}


@contextmanager
def running_demo(**servers: str) -> Iterator[Demo]:
    """Start a demo on data of its own; at the end stop it by Ctrl-C, and see that nothing of it is left running.

    Args:
        servers: Where servers are that it shall use instead of its own: `DATABASE_URL` and what goes with it.
    """
    environment = {name: value for name, value in os.environ.items() if not any(part in name for part in NOT_ITS_OWN)}
    environment |= {"HUSHDESK_BOOTSTRAP": "off", **servers}
    with reachable_directory() as folder:
        data = DataDirectory(folder / "data")
        if not servers:
            begin_migrated(data)
        said = folder / "demo.log"
        command = [sys.executable, "manage.py", "demo", "--json"]
        command += ["--data-dir", str(data.path), "--port", str(free_port())]
        with said.open("w") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        try:
            demo = Demo(process, first_line(process, said), data)
            yield demo
            children = demo.children()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                code = process.wait(STOPPED_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        assert (code, "Everything is stopped" in said.read_text()) == (0, True)
        assert [pid for pid in children if birth_mark(pid)] == []


def begin_migrated(data: DataDirectory) -> None:
    """Let a demo find the cluster that proofs keep of these migrations, where they have.

    How one begins from nothing is seen in `tests/helpdesk/test_demo_command.py`.
    """
    if (model := migrated.kept()) is not None:
        data.path.mkdir()
        data.lock.touch()  # by which a demo knows its own
        copy_cluster(model, data.cluster)


def first_line(process: "subprocess.Popen[str]", said: Path) -> Facts:
    """What the demo prints when it is ready; it gives up by itself when it does not become so."""
    assert process.stdout
    line = process.stdout.readline()
    assert line, f"the demo did not start:\n{said.read_text()}"
    return dict(json.loads(line))


def command_line(pid: int) -> str:
    answer = subprocess.run(
        ["ps", "-o", "command=", "-ww", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f" {answer.stdout.strip()} "
