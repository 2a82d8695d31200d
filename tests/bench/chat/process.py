"""The server on one core, everything else on the other; what the server has used, from /proc."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from tests.support.server import ROOT, free_port

READY_WITHIN_S: Final = 60.0
TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
CORES: Final = sorted(os.sched_getaffinity(0))
# With one core alone everything shares it, and the ratios say less; the result names the cores.
SERVER_CORE: Final = {CORES[0]}
OTHER_CORES: Final = set(CORES[1:]) or {CORES[0]}


class BenchError(Exception):
    """The bench could not measure."""


@dataclass
class Seen:
    """What a load saw, and what the server's process used meanwhile."""

    told: dict[str, Any] = field(default_factory=dict)
    cpu_s: float = 0.0
    # Of PostgreSQL, of Valkey and of the load, which share the other core.
    others_s: dict[str, float] = field(default_factory=dict)

    @property
    def per_s(self) -> float:
        return float(self.told["per_s"])

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's core for each message."""
        return self.cpu_s * 1e6 / max(1, int(self.told["delivered"]))


class Served:
    """A running server."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    def cpu_s(self) -> float:
        return cpu_s(self.process.pid)

    def memory_kib(self) -> int:
        return memory_kib(self.process.pid)


def cpu_s(pid: int) -> float:
    """Return the seconds of a core that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def memory_kib(pid: int) -> int:
    """Return the memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def others_s(load: int) -> dict[str, float]:
    """Return what PostgreSQL and Valkey of this run have used, and the load."""
    used = {"postgres": 0.0, "valkey": 0.0, "load": cpu_s(load)}
    for pid in _descendants(os.getpid()):
        with contextlib.suppress(OSError):
            name = Path(f"/proc/{pid}/comm").read_text()
            for kind in ("postgres", "valkey"):
                if name.startswith(kind):
                    used[kind] += cpu_s(pid)
    return used


def _descendants(pid: int) -> Iterator[int]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            yield child
            with contextlib.suppress(OSError):
                yield from _descendants(child)


def uvicorn(port: int, application: str) -> list[str]:
    return [
        sys.executable, "-m", "uvicorn", *(("--factory",) if application.endswith("()") else ()),
        application.removesuffix("()"), "--port", str(port), "--loop", "uvloop", "--ws", "websockets-sansio",
        "--ws-per-message-deflate", "false", "--ws-max-size", "65536", "--no-access-log", "--no-proxy-headers",
        "--log-level", "error", "--timeout-graceful-shutdown", "1",
    ]  # fmt: skip


def daphne(port: int, application: str) -> list[str]:
    return [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port), application]


@contextlib.contextmanager
def serving(application: str, server: Any = uvicorn) -> Iterator[Served]:
    """Serve an application on its own core until the block ends."""
    port = free_port()
    environment = {
        **os.environ, "SITE_URL": f"http://app.localhost:{port}", "ALLOWED_HOSTS": "app.localhost,127.0.0.1",
        "CHAT_LIMITS_TIMES": "1000000", "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "tests.settings",
    }  # fmt: skip
    process = subprocess.Popen(
        server(port, application), cwd=ROOT, env=environment,
        preexec_fn=partial(os.sched_setaffinity, 0, SERVER_CORE),  # noqa: PLW1509
    )  # fmt: skip
    try:
        _wait_ready(process, port)
        yield Served(process, port)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _wait_ready(process: "subprocess.Popen[bytes]", port: int) -> None:
    import httpx

    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise BenchError(f"the server ended with {process.returncode}")
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": f"app.localhost:{port}"}).is_success:
                return
        time.sleep(0.1)
    raise BenchError("the server did not become ready")


class Loading:
    """A load process at work."""

    def __init__(self, task: dict[str, Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.chat.load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, preexec_fn=partial(os.sched_setaffinity, 0, OTHER_CORES),  # noqa: PLW1509
        )  # fmt: skip
        self.say(json.dumps(task))

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        if not (line := self._process.stdout.readline()):
            raise BenchError(f"the load ended with {self._process.wait()}")
        return dict(json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


def measured(server: Served, task: dict[str, Any]) -> Seen:
    """Run a load on a server."""
    with Loading({"port": server.port, **task}) as load:
        load.hear()
        before, others_before = server.cpu_s(), others_s(load.pid)
        told = load.hear()
        others = {name: used - others_before[name] for name, used in others_s(load.pid).items()}
        return Seen(told, server.cpu_s() - before, others)


def idle_kib(server: Served, warm: dict[str, Any], task: dict[str, Any], count: int) -> float:
    """Return the memory that each of so many silent sockets costs a server which has had some before."""
    with Loading({"port": server.port, "mode": "idle", **warm}) as first:
        first.hear()
        before = server.memory_kib()
        with Loading({"port": server.port, "mode": "idle", **task}) as load:
            load.hear()
            time.sleep(1.5)
            return (server.memory_kib() - before) / count


def pin(pids: Sequence[int]) -> None:
    """Keep processes off the server's core."""
    for pid in pids:
        os.sched_setaffinity(pid, OTHER_CORES)
