"""Embedded servers that crash, are killed, outlive their supervisor, or find their place taken."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
import redis

from helpdesk.embedded import layout, postgres, processes
from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import birth_mark
from helpdesk.embedded.services import InUseError, Services
from tests.support.server import ROOT

SUPERVISOR = """
import sys, time
from pathlib import Path
from helpdesk.embedded import layout
from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.services import Services
servers = Services(DataDirectory(Path(sys.argv[1])), careless=True)
servers.start()
print(*[child.pid for child in servers.children], flush=True)
time.sleep(120)
"""


def supervisor_of(data: DataDirectory) -> tuple[subprocess.Popen[str], list[int]]:
    """A process of its own that runs the servers, and their process ids."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(data.path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    return process, [int(word) for word in process.stdout.readline().split()]


def answers(servers: Services) -> bool:
    try:
        psycopg.connect(servers.data.database_url("hd_owner")).close()
    except psycopg.OperationalError:
        return False
    return True


def test_after_a_crash_it_comes_back_by_itself_while_others_are_looked_after(servers):
    crashed = servers.children[0]
    crashed.process.kill()
    crashed.process.wait()

    again = servers.start_postgres_again()

    assert servers.children[-1] is again
    assert processes.wait_until(lambda: not again.is_alive() or answers(servers), 20)
    assert again.is_alive()


def test_a_directory_in_use_is_refused_by_name_of_the_process(servers):
    with pytest.raises(InUseError, match=str(os.getpid())):
        Services(servers.data).claim()


def test_a_killed_supervisor_takes_its_servers_along(home):
    process, children = supervisor_of(home)
    process.kill()
    process.wait()

    gone = processes.wait_until(lambda: all(birth_mark(pid) is None for pid in children), 10)

    assert gone
    again = Services(home, careless=True)
    again.start()
    again.stop()


def test_servers_that_outlived_their_supervisor_are_ended_by_the_next_start(home, monkeypatch):
    # Without the kernel's help, as on a Mac.
    monkeypatch.setattr(processes, "LIBC", None)
    first = Services(home, careless=True)
    first.start()
    leftovers = [child.pid for child in first.children]
    assert first._lock is not None
    first._lock.close()

    second = Services(home, careless=True)
    second.start()

    try:
        for child in first.children:
            child.process.wait(5)
        assert all(child.pid not in leftovers for child in second.children)
    finally:
        second.stop()


def test_a_stale_pid_file_of_some_other_process_does_not_block_the_start(servers):
    servers.stop()
    (servers.data.cluster / "postmaster.pid").write_text(f"{os.getpid()}\n{servers.data.cluster}\n1\n5432\n\n\n\n")

    servers.start()

    assert redis.Redis.from_url(servers.data.redis_url()).ping()


def test_a_server_without_a_note_is_found_by_its_pid_file(servers):
    leader = servers.children[0]

    postgres.end_old_postmaster(servers.data.cluster / "postmaster.pid", servers.data.cluster)

    assert leader.process.wait(5) is not None


def test_a_child_that_does_not_listen_is_ended_all_the_same(tmp_path):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    child = processes.start("stubborn", [sys.executable, "-c", stubborn], log=tmp_path / "log")
    processes.wait_until(lambda: "up" in child.last_words(), 5)
    began = time.monotonic()

    child.stop(patience_s=0.3)

    assert time.monotonic() - began < 3
    assert child.process.returncode == -signal.SIGKILL


def test_a_process_that_took_over_a_noted_id_is_left_alone():
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(30)"])

    processes.end_leftover(bystander.pid, "another birth", signal.SIGTERM, patience_s=0.1)

    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_cluster_stays_where_it_is_when_what_may_be_passed_through_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "KEPT_TEMPORARY", tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    for here_first in (True, False):
        data = DataDirectory(tmp_path / f"data{here_first}")
        monkeypatch.setattr(layout, "is_reachable", lambda _, here=here_first: here)
        first = data.servers
        data.cluster.mkdir(parents=True)

        monkeypatch.setattr(layout, "is_reachable", lambda _, here=here_first: not here)

        assert data.servers == first
