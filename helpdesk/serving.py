"""The web server: one process that has the program loaded and forks those that serve, each on a core.

    python -m helpdesk.serving [--host H] [--port P] [--processes N] [--grace S] [--handover] [APPLICATION]

What falls is there again in some hundredths of a second: to load the program takes more than a second of a core, a
fork nothing, and whoever connects meanwhile waits in the queue of the parent's socket. The parent itself does nothing
that could fail, and opens neither a database nor a thread. When it is killed all the same, those who serve go on for
`ORPHANED_S`, in which its successor (`--handover`) loads the program and listens beside them, and for a while longer
if it does not listen yet; then they send their clients to it, and end.

    SIGTERM, SIGINT   end in good order, after at most --grace seconds
    SIGUSR1           be ready for nobody new, and ask every client to go elsewhere (chat.delivery.hub)
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from helpdesk.core import draining
from helpdesk.core.loading import loading
from helpdesk.env import env_int

# Run as a module its name is "__main__".
logger = logging.getLogger("helpdesk.serving")

APPLICATION: Final = "helpdesk.asgi:application"
BACKLOG: Final = 2048
MAX_FRAME_BYTES: Final = 65_536
# Time for a successor to load the program. On a busy machine it may take longer: who left before it would leave nobody.
ORPHANED_S: Final = 10.0
# Less than whoever looks after these processes allows them (`helpdesk.embedded.processes.SURVIVED_S`).
ALONE_AT_MOST_S: Final = 25.0
LOOKED_EVERY_S: Final = 1.0
# Beyond the grace, in which a process closes its sockets; then it is ended.
CLOSED_WITHIN_S: Final = 5.0
# What ends by itself so soon is no use, and is given more and more time.
SHORT_LIVED_S: Final = 1.0
FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
_ENDING: Final = (signal.SIGTERM, signal.SIGINT)
_HEARD: Final = (*_ENDING, signal.SIGUSR1, signal.SIGCHLD)


class Worker(uvicorn.Server):
    """A process that serves. Left alone by its parent, it goes on for a while.

    Args:
        lifeline: What can be read to its end when the parent is gone.
    """

    def __init__(self, config: uvicorn.Config, lifeline: int) -> None:
        super().__init__(config)
        self._lifeline = lifeline

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        ports = {listening.getsockname()[1] for listening in sockets or ()}
        asyncio.get_running_loop().add_reader(self._lifeline, self._orphaned, ports)
        await super().startup(sockets)

    def _orphaned(self, ports: AbstractSet[int]) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._lifeline)
        logger.warning("the parent is gone", extra={"duration_ms": ORPHANED_S * 1000})
        loop.call_later(ORPHANED_S, self._leave, ports, listeners(ports), loop.time() + ALONE_AT_MOST_S)

    def _leave(self, ports: AbstractSet[int], before: AbstractSet[str], until: float) -> None:
        """End, as soon as somebody listens who did not when the parent was gone."""
        loop = asyncio.get_running_loop()
        if before and listeners(ports) <= before and loop.time() < until:
            loop.call_later(LOOKED_EVERY_S, self._leave, ports, before, until)
        else:
            self.should_exit = True


class Parent:
    """Holds the listening socket and keeps so many processes serving."""

    def __init__(self, config: uvicorn.Config, listening: socket.socket, *, processes: int) -> None:
        self._config, self._listening, self._wanted = config, listening, processes
        self._born: dict[int, float] = {}
        self._pause_s, self._due_at = 0.0, 0.0
        self._is_ending = self._is_draining = False
        self._status = 0
        self._lifeline, self._held = os.pipe()
        self._awake, self._wake = os.pipe()

    def run(self) -> int:
        """Keep them serving until asked to end; return the exit code, which a process that cannot start gives."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._awake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for sign in _HEARD:
            signal.signal(sign, _note)
        # What is here now stays, and is shared: nothing looks through it, which would copy it to each process.
        gc.collect()
        gc.freeze()
        while not self._is_ending:
            while len(self._born) < self._wanted and time.monotonic() >= self._due_at:
                self._fork()
            self._listen(self._due_at - time.monotonic() if len(self._born) < self._wanted else None)
        self._end()
        return self._status

    def _fork(self) -> None:
        with _deaf():
            if pid := os.fork():
                self._born[pid] = time.monotonic()
                return
            self._become_worker()
        sys.exit(self._serve())

    def _become_worker(self) -> None:
        signal.set_wakeup_fd(-1)
        for sign in (*_ENDING, signal.SIGCHLD):
            signal.signal(sign, signal.SIG_DFL)
        # Until the first socket is here, whose hub then asks every client to go.
        signal.signal(signal.SIGUSR1, lambda *_: draining.begin())
        for descriptor in (self._held, self._awake, self._wake):
            os.close(descriptor)
        if self._is_draining:
            draining.begin()

    def _serve(self) -> int:
        server = Worker(self._config, self._lifeline)
        server.run(sockets=[self._listening])
        return 0 if server.started else STARTUP_FAILURE

    def _listen(self, limit_s: float | None) -> None:
        """Wait for a signal, and do what it says."""
        select.select([self._awake], [], [], None if limit_s is None else max(limit_s, 0.0))
        heard: set[int] = set()
        with contextlib.suppress(BlockingIOError):
            heard = set(os.read(self._awake, 4096))
        if signal.SIGUSR1 in heard:
            self._is_draining = True
            self._tell(signal.SIGUSR1)
        self._is_ending = self._is_ending or not heard.isdisjoint(_ENDING)
        self._bury()

    def _bury(self) -> None:
        """Take note of those that have ended."""
        for pid in tuple(self._born):
            gone, state = os.waitpid(pid, os.WNOHANG)
            if gone:
                self._ended(pid, os.waitstatus_to_exitcode(state))

    def _ended(self, pid: int, status: int) -> None:
        """Plan the successor: at once, unless it ended by itself soon after its start."""
        now, born_at = time.monotonic(), self._born.pop(pid)
        if self._is_ending:
            return
        logger.warning("a process that served has ended", extra={"status": status})
        is_useless = status >= 0 and now - born_at < SHORT_LIVED_S
        if status == STARTUP_FAILURE and not self._born:
            # None can start: that is for whoever looks after this process.
            self._status, self._is_ending = status, True
        elif is_useless or status == STARTUP_FAILURE:
            self._pause_s = min(max(self._pause_s * 2, FIRST_PAUSE_S), LONGEST_PAUSE_S)
        else:
            self._pause_s = 0.0
        self._due_at = now + self._pause_s

    def _end(self) -> None:
        """End those who serve, politely first."""
        self._listening.close()
        until = time.monotonic() + (self._config.timeout_graceful_shutdown or 0) + CLOSED_WITHIN_S
        self._tell(signal.SIGTERM)
        while self._born and (left_s := until - time.monotonic()) > 0:
            self._listen(left_s)
        self._tell(signal.SIGKILL)
        for pid in self._born:
            os.waitpid(pid, 0)

    def _tell(self, sign: signal.Signals) -> None:
        # Nobody waits for them but this process, so a number still is theirs.
        for pid in self._born:
            os.kill(pid, sign)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load the program, listen, and serve until asked to end."""
    options = parse(arguments)
    config = uvicorn.Config(
        options.application, loop="uvloop", lifespan="on", ws="websockets-sansio", ws_per_message_deflate=False,
        ws_max_size=MAX_FRAME_BYTES, proxy_headers=False, server_header=False, access_log=False,
        timeout_graceful_shutdown=options.grace, backlog=BACKLOG,
    )  # fmt: skip
    load(config)
    # Only now: whoever finds this socket is answered, by those before or by those to come.
    listening = listen(options.host, options.port, beside=options.handover)
    return Parent(config, listening, processes=options.processes).run()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m helpdesk.serving", description="Serve pages and sockets.")
    parser.add_argument("application", nargs="?", default=APPLICATION, help="(default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8180, help="(default: %(default)s)")
    parser.add_argument(
        "--processes", type=int, default=env_int("WEB_PROCESSES", default=1), help="one for each core (%(default)s)"
    )
    parser.add_argument("--grace", type=int, default=20, help="seconds for what is under way at the end (%(default)s)")
    parser.add_argument(
        "--handover", action="store_true", help="listen beside what a killed one has left, until that has ended"
    )
    return parser.parse_args(arguments)


def load(config: uvicorn.Config) -> None:
    """Load all that those who serve will need, so that none of them has to."""
    with loading():
        config.load()
        config.get_loop_factory()
        from django.urls import resolve

        # The addresses, and with them every page, are else loaded by the first request.
        resolve("/healthz")


def listen(host: str, port: int, *, beside: bool) -> socket.socket:
    """Return a socket that listens.

    Args:
        beside: Whether another socket of this user may listen there too.

    Raises:
        OSError: Somebody else does.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if beside:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind((host, port))
    listening.listen(BACKLOG)
    return listening


def listeners(ports: AbstractSet[int]) -> set[str]:
    """Return the numbers of the sockets that listen on ports of this machine; none where the kernel does not tell.

    /proc/net/tcp (proc_pid_net(5)): the local address is the second field, the state (0A: listening) the fourth, the
    inode the tenth.
    """
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with contextlib.suppress(OSError):
            fields = [line.split() for line in table.read_text().splitlines()[1:]]
            found |= {each[9] for each in fields if each[3] == "0A" and int(each[1].rpartition(":")[2], 16) in ports}
    return found


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """No signal is taken in the block: after a fork, what one process has to hear the other must not."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _note(*_: object) -> None:
    """Wake up: the number of the signal stands in the pipe."""


if __name__ == "__main__":
    sys.exit(main())
