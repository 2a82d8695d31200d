"""The service as it runs: a server process of its own, on this test run's databases."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import httpx

from tests.support.measuring import measured_when_loaded, unmeasured

ROOT: Final = Path(__file__).resolve().parents[2]
# A start is a few seconds of a core; on a busy machine it may have to wait for those. Whoever ends is noticed at once.
READY_WITHIN_S: Final = 120.0
# Nobody but this peer is believed when it says whom it speaks for.
PROXY: Final = "127.200.0.1"


@dataclass(frozen=True)
class Server:
    """Where a running server is reached. Plain clients dial the address and name the host."""

    port: int
    pid: int = 0

    @property
    def host(self) -> str:
        return f"app.localhost:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    def client(self, **headers: str) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Host": self.host, **headers},
            timeout=20,
            # Plain HTTP: reading certificates for it takes longer than most of what is asked.
            transport=httpx.HTTPTransport(verify=False),
        )

    def dial(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


def uvicorn(port: int) -> list[str]:
    return [
        sys.executable, "-m", "tests.support.served", "helpdesk.asgi:application", "--port", str(port),
        "--lifespan", "on", "--no-access-log", "--no-proxy-headers", "--log-level", "warning",
        "--timeout-graceful-shutdown", "1",
    ]  # fmt: skip


def daphne(port: int) -> list[str]:
    return [sys.executable, "-m", "daphne", "-b", "127.0.0.1", "-p", str(port), "helpdesk.asgi:application"]


@contextlib.contextmanager
def running(
    command: Callable[[int], list[str]] = uvicorn, *, log: Path | None = None, measured: bool = True, **environment: str
) -> Iterator[Server]:
    """Run a server until the block ends; what it logs goes to a file if one is named.

    Args:
        measured: In a measured run, from when it is loaded. One whose lines others run as well does without.
    """
    server = Server(free_port())
    process = subprocess.Popen(
        command(server.port),
        cwd=ROOT,
        stderr=log.open("wb") if log else None,
        env={
            **(measured_when_loaded(os.environ) if measured else unmeasured(os.environ)),
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "SITE_URL": server.origin,
            "ALLOWED_HOSTS": "app.localhost,127.0.0.1",
            **environment,
        },
    )
    try:
        wait_ready(server, process)
        yield replace(server, pid=process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_ready(server: Server, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_WITHIN_S
    with server.client() as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise AssertionError(f"the server ended with {process.returncode}")
            with contextlib.suppress(httpx.TransportError):
                if client.get("/healthz").status_code == 200:
                    return
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
