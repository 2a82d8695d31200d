"""Runs children until told to stop; starts again, more and more patiently, what falls over.

Everything happens in the main thread: the kernel's parent-death signal follows the thread that forked.
"""

import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType

from helpdesk.embedded.processes import Child, ServerError, end_group
from helpdesk.embedded.services import Services

# What stood for a while and fell is wanted back at once, and so is what somebody killed: it was well. What ends by
# itself soon after its start is no use to anyone, and is given more and more time.
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 10.0
KILLED_BY = frozenset({signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
TURN_S = 0.05


class StoppedError(Exception):
    """Somebody asked the demo to stop."""


@dataclass
class Service:
    """One thing that is kept running; `launch` starts it, the first time and after each fall."""

    launch: Callable[[], Child]
    child: Child
    pause_s: float = field(default_factory=lambda: FIRST_PAUSE_S)
    due_at: float | None = field(default=None)


class Supervisor:
    """Starts services in order and stops them in the opposite one.

    The order is PostgreSQL, Valkey, beat, worker, web, so that a stop takes web first and PostgreSQL last.
    """

    def __init__(self, servers: Services) -> None:
        self.servers = servers
        self.services: list[Service] = []
        self._stop_asked = False

    def listen(self) -> None:
        """Take Ctrl-C, a polite kill and a closed terminal as the wish to stop."""
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._ask_to_stop)

    def _ask_to_stop(self, _sign: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def add(self, launch: Callable[[], Child]) -> Child:
        """Start a service and keep it running from now on."""
        self.check_stop()
        child = self.servers.note(launch())
        self.keep(launch, child)
        return child

    def keep(self, launch: Callable[[], Child], child: Child) -> None:
        """Keep running what has been started already."""
        self.services.append(Service(launch, child))

    def check_stop(self) -> None:
        if self._stop_asked:
            raise StoppedError

    def wait_for(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Keep everything running until `condition` holds; returns whether it came to hold."""
        deadline = time.monotonic() + limit_s
        while time.monotonic() < deadline:
            if condition():
                return True
            self.turn()
        return False

    def run(self) -> None:
        """Keep everything running until somebody asks to stop."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Look at every service once."""
        self.check_stop()
        for service in self.services:
            self._look_after(service)
        time.sleep(TURN_S)

    def _look_after(self, service: Service) -> None:
        now = time.monotonic()
        if service.due_at is None and not service.child.is_alive():
            is_steady = now - service.child.started_at > STEADY_AFTER_S or _was_killed(service.child)
            self._plan_restart(service, now, is_steady=is_steady)
        elif service.due_at is not None and now >= service.due_at:
            service.due_at = None
            try:
                self._restart(service)
            except ServerError as error:
                say(str(error))
                self._plan_restart(service, now, is_steady=False)

    def _restart(self, service: Service) -> None:
        predecessor, service.child = service.child, service.launch()
        if predecessor.is_survived:
            service.child.survivors = (*predecessor.survivors[-1:], predecessor.pid)
        self.servers.note(service.child)

    def _plan_restart(self, service: Service, now: float, *, is_steady: bool) -> None:
        child = service.child
        # What it had started itself, such as a worker's own processes, must not go on beside its successor.
        if not child.is_survived:
            end_group(child.pid)
        service.pause_s = FIRST_PAUSE_S if is_steady else min(service.pause_s * 2, LONGEST_PAUSE_S)
        service.due_at = now + service.pause_s
        say(
            f"{child.name} stopped by itself (exit code {child.process.returncode}); "
            f"starting it again in {service.pause_s:.1f} s. Its log ends with:\n{child.last_words()}"
        )


def _was_killed(child: Child) -> bool:
    return -(child.process.returncode or 0) in KILLED_BY


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
