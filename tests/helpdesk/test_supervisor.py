"""The supervisor: order, restarts with patience, and a calm end."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from helpdesk.embedded import supervisor as module
from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import Child, birth_mark, start
from helpdesk.embedded.services import Services
from helpdesk.embedded.supervisor import StoppedError, Supervisor

HAS_A_CHILD = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(60)
"""
NOTES_ITS_END = """
import signal, sys, time
def end(*_):
    open(sys.argv[1], "a").write(sys.argv[2] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""


@pytest.fixture
def supervisor(tmp_path):
    servers = Services(DataDirectory(tmp_path / "data"))
    servers.claim()
    yield Supervisor(servers)
    servers.stop()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.05)
    monkeypatch.setattr(module, "TURN_S", 0.02)


def launcher(tmp_path: Path, name: str, code: str):
    def launch() -> Child:
        return start(name, [sys.executable, "-c", code, str(tmp_path / "ends"), name], log=tmp_path / f"{name}.log")

    return launch


def test_what_started_last_stops_first(supervisor, tmp_path):
    for name in ("postgres", "beat", "worker", "web"):
        child = supervisor.add(launcher(tmp_path, name, NOTES_ITS_END))
        supervisor.wait_for(lambda child=child: "up" in child.last_words(), 10)

    supervisor.servers.stop()

    assert (tmp_path / "ends").read_text().split() == ["web", "worker", "beat", "postgres"]


def test_a_child_that_falls_over_is_started_again_and_it_says_so(supervisor, tmp_path, impatient, capsys):
    first = supervisor.add(launcher(tmp_path, "web", NOTES_ITS_END))
    supervisor.wait_for(lambda: "up" in first.last_words(), 10)
    first.process.kill()

    again = supervisor.wait_for(lambda: supervisor.services[0].child.pid != first.pid, 10)

    assert again
    assert "web stopped by itself (exit code -9)" in capsys.readouterr().err


def test_what_a_killed_process_had_started_is_ended_before_its_successor_starts(supervisor, tmp_path, impatient):
    first = supervisor.add(launcher(tmp_path, "worker", HAS_A_CHILD))
    supervisor.wait_for(lambda: "child" in first.last_words(), 10)
    orphan = int(first.last_words().split()[-1])
    first.process.kill()

    assert supervisor.wait_for(lambda: supervisor.services[0].child.pid != first.pid, 10)
    assert supervisor.wait_for(lambda: birth_mark(orphan) is None, 10)


def test_one_that_keeps_falling_is_given_more_and_more_time(supervisor, tmp_path, impatient):
    supervisor.add(launcher(tmp_path, "web", "raise SystemExit(3)"))
    service = supervisor.services[0]
    pauses = set()

    def three_pauses() -> bool:
        pauses.add(service.pause_s)
        return len(pauses) > 3

    assert supervisor.wait_for(three_pauses, 20)
    assert max(pauses) >= 4 * min(pauses)


def test_one_that_is_killed_again_and_again_is_wanted_back_at_once_each_time(supervisor, tmp_path, impatient):
    supervisor.add(launcher(tmp_path, "web", NOTES_ITS_END))
    service = supervisor.services[0]
    for _ in range(3):
        before = service.child
        before.process.kill()
        assert supervisor.wait_for(lambda before=before: service.child is not before, 10)

        assert service.pause_s == module.FIRST_PAUSE_S


def test_patience_has_an_end(supervisor, tmp_path, impatient):
    supervisor.add(launcher(tmp_path, "web", "raise SystemExit(3)"))
    service = supervisor.services[0]
    service.child.process.wait()
    service.pause_s = 1_000

    supervisor.turn()

    assert service.pause_s == module.LONGEST_PAUSE_S


def test_a_signal_stops_at_the_next_turn(supervisor):
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        supervisor.listen()
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        with pytest.raises(StoppedError):
            supervisor.turn()
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def test_waiting_for_what_does_not_come_has_a_limit(supervisor, impatient):
    assert not supervisor.wait_for(lambda: False, 0.1)


def test_what_a_killed_parent_has_left_goes_on_beside_its_successor_and_ends_with_it(supervisor, tmp_path, impatient):
    def launch() -> Child:
        child = launcher(tmp_path, "web", HAS_A_CHILD)()
        child.is_survived = True
        return child

    first = supervisor.add(launch)
    supervisor.wait_for(lambda: "child" in first.last_words(), 10)
    orphan = int(first.last_words().split()[-1])
    first.process.kill()
    assert supervisor.wait_for(lambda: supervisor.services[0].child is not first, 10)

    assert birth_mark(orphan) is not None
    supervisor.servers.stop()
    assert supervisor.wait_for(lambda: birth_mark(orphan) is None, 10)
