"""The web server: a parent that listens and forks those that serve."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from helpdesk import serving
from helpdesk.embedded.processes import birth_mark
from tests.support.server import ROOT, free_port
from tests.support.waiting import until

PATIENCE_S = 20.0
LOADS = """
import threading, uvicorn
from django.db import connections
from helpdesk.serving import APPLICATION, load
load(uvicorn.Config(APPLICATION, loop="uvloop", ws="websockets-sansio"))
print(threading.active_count(), [each.alias for each in connections.all(initialized_only=True) if each.connection])
"""


class Plain:
    """A running parent."""

    def __init__(self, port: int, *more: str, **environment: str) -> None:
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.plain_server", str(port), *more], cwd=ROOT,
            env={**os.environ, **environment},
        )  # fmt: skip

    def ask(self) -> tuple[int, int]:
        """Return the status, and which process answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            return answer.status, int(answer.read())
        finally:
            connection.close()

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(self.ask())
        return False


@pytest.fixture
def serve() -> Iterator[Callable[..., Plain]]:
    begun: list[Plain] = []

    def begin(*more: str, port: int | None = None, **environment: str) -> Plain:
        begun.append(Plain(port or free_port(), *more, **environment))
        if not environment:
            until(begun[-1].is_up)
        return begun[-1]

    yield begin
    for one in begun:
        one.process.terminate()
        one.process.wait(PATIENCE_S)


def test_who_asks_while_a_process_is_gone_waits_in_the_queue_and_is_answered_by_the_next(serve):
    plain = serve("1")
    for _ in range(3):
        _, before = plain.ask()
        os.kill(before, signal.SIGKILL)

        status, after = plain.ask()

        assert (status, after != before) == (200, True)


def test_asked_to_end_it_ends_those_that_serve(serve):
    plain = serve("2")
    served: set[int] = set()
    until(lambda: served.add(plain.ask()[1]) or len(served) == 2)

    plain.process.terminate()

    assert plain.process.wait(PATIENCE_S) == 0
    assert [pid for pid in served if birth_mark(pid)] == []
    with pytest.raises(ConnectionRefusedError):
        plain.ask()


def test_of_a_killed_parent_those_that_serve_go_on_until_a_successor_is_there(serve):
    first = serve("1", "2")
    _, orphan = first.ask()
    first.process.kill()
    first.process.wait()

    assert first.ask() == (200, orphan)

    second = serve("1", port=first.port)
    until(lambda: birth_mark(orphan) is None)

    assert second.ask()[1] != orphan


def test_they_leave_nobody_alone_who_has_no_successor_yet(serve):
    first = serve("1", "0")
    _, orphan = first.ask()
    first.process.kill()
    first.process.wait()

    for _ in range(20):
        assert first.ask() == (200, orphan)
        time.sleep(0.05)  # until it has looked

    serve("1", port=first.port)
    until(lambda: birth_mark(orphan) is None)


def test_a_socket_that_listens_beside_another_is_told_from_it():
    with serving.listen("127.0.0.1", 0, beside=True) as first:
        port = first.getsockname()[1]
        before = serving.listeners({port})
        with serving.listen("127.0.0.1", port, beside=True):
            assert len(serving.listeners({port}) - before) == len(before) == 1
        assert serving.listeners({port}) == before


def test_drained_it_is_ready_for_nobody_nor_is_a_process_that_comes_after(serve):
    plain = serve("1")
    plain.process.send_signal(signal.SIGUSR1)
    until(lambda: plain.ask()[0] == 503)
    _, before = plain.ask()

    os.kill(before, signal.SIGKILL)

    status, after = plain.ask()
    assert (status, after != before) == (503, True)


def test_when_none_can_start_whoever_looks_after_it_is_told(serve):
    assert serve("1", FAILS_TO_START="1").process.wait(PATIENCE_S) == 3


def test_a_port_that_somebody_else_has_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        serving.listen("127.0.0.1", taken.getsockname()[1], beside=True)


def test_nothing_is_open_when_it_forks():
    done = subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.split("\n")[-2] == "1 []"
