"""The service under proof, kept running as in the demo, with several web processes; and what befalls it."""

import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import Child, birth_mark
from helpdesk.embedded.supervisor import Supervisor
from helpdesk.launch import demo_steps as steps
from helpdesk.launch.prove import ROOT, Scratch
from tests.proofs.durability.judge import Fault
from tests.support.server import free_port

READY_WITHIN_S: Final = 90.0
ANSWERED_WITHIN_S: Final = 60.0
PRODUCT: Final = "helpdesk.asgi:application"
WEB, WORKER, VALKEY, POSTGRES, BACKEND = "web", "worker", "Valkey", "PostgreSQL", "a PostgreSQL backend"
# The process that listens for those that serve, and forks them.
PARENT: Final = "web parent"
# How often each is killed, of a hundred.
KILLS: Final = {WEB: 32, PARENT: 8, WORKER: 12, VALKEY: 20, POSTGRES: 20, BACKEND: 8}
STOP, CUT, DRAIN, LAST = "web stopped", "connections cut", "web drained", "Valkey, for the last words"
NO_KILLS: Final = (STOP, CUT, DRAIN)
# What the hub promises: by then every client was asked to go elsewhere.
DRAINED_WITHIN_S: Final = 31.0


class Service:
    """All its processes, and the one look after them. Everything happens in the main thread."""

    def __init__(self, scratch: Scratch, *, webs: int, application: str, environment: dict[str, str]) -> None:
        self.data: DataDirectory = scratch.data
        self.supervisor = Supervisor(scratch.services)
        self.ports = [free_port() for _ in range(webs)]
        self.application = application
        self.variables = {
            **os.environ, "ALLOWED_HOSTS": "app.localhost", "CHAT_LIMITS_TIMES": "1000000", "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "WARNING", "TRUSTED_PROXIES": "127.0.0.1", **environment,
        }  # fmt: skip
        for child in scratch.services.children:
            launch = scratch.services.start_postgres_again if child.name == POSTGRES else scratch.services.start_valkey
            self.supervisor.keep(launch, child)

    def start(self) -> None:
        """Start beat, worker and web, and wait until all are ready."""
        for name, command, orphan in steps.job_commands(self.data):
            self._add(name, command, self.variables, orphan)
        for number, port in enumerate(self.ports):
            variables = {**self.variables, "SITE_URL": f"http://app.localhost:{port}"}
            self._add(f"{WEB}-{number}", steps.web_command(port, self.application), variables, None)
        if not self.wait(self.is_ready, READY_WITHIN_S):
            raise AssertionError(f"the service did not become ready; see {self.data.logs}")

    def stop(self) -> None:
        """Stop all but PostgreSQL and Valkey."""
        for one in reversed(self.supervisor.services):
            if one.child.name not in (POSTGRES, VALKEY):
                one.child.stop()

    def is_ready(self) -> bool:
        return all(map(steps.is_ready, self.ports))

    def wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Keep everything running until the condition holds."""
        return self.supervisor.wait_for(condition, limit_s)

    def child(self, name: str) -> Child:
        return next(one.child for one in self.supervisor.services if one.child.name == name)

    def _add(self, name: str, command: Any, variables: dict[str, str], orphan: signal.Signals | None) -> None:
        self.supervisor.add(partial(steps.launch, self.data, variables, name, command, orphan))


def shares(kills: int, kinds: Sequence[str]) -> dict[str, int]:
    """Return how often each kind is killed, so that each has its share however few they are, the largest rest first."""
    whole = sum(KILLS[kind] for kind in kinds) or 1
    exact = {kind: kills * KILLS[kind] / whole for kind in kinds}
    found = {kind: int(share) for kind, share in exact.items()}
    by_rest = sorted(kinds, key=lambda kind: found[kind] - exact[kind])
    for kind in by_rest[: kills - sum(found.values())]:
        found[kind] += 1
    return found


class Misfortune:
    """Strikes at random; the same seed strikes the same kinds in the same order."""

    def __init__(self, service: Service, seed: int, kills: Mapping[str, int]) -> None:
        self.service = service
        self.to_kill = dict(kills)
        self.dice = random.Random(seed)
        self.faults: list[Fault] = []
        self.drained: list[tuple[float, Child]] = []

    def kill(self) -> Fault | None:
        """Kill -9 one of the processes that are there; None if it was down already."""
        kind = self.dice.choices(list(self.to_kill), weights=list(self.to_kill.values()))[0]
        if (pid := self._victim(kind)) is None:
            return None
        self.to_kill[kind] -= 1
        return self._strike(kind, pid, signal.SIGKILL)

    def stop_web(self) -> Fault | None:
        """Stop a web server politely, as a deploy does; the supervisor starts the next."""
        pid = self._victim(PARENT)
        return self._strike(STOP, pid, signal.SIGTERM) if pid else None

    def drain_web(self) -> bool:
        """Ask a web process to send its clients elsewhere; it is stopped when that must be done."""
        number = self.dice.randrange(len(self.service.ports))
        child = self.service.child(f"{WEB}-{number}")
        if not child.is_alive() or not steps.is_ready(self.service.ports[number]):
            return False
        self._strike(DRAIN, child.pid, signal.SIGUSR1)
        self.drained.append((time.monotonic() + DRAINED_WITHIN_S, child))
        return True

    def end_drained(self) -> bool:
        """Stop what has been drained by now; return whether some are still at it."""
        for due_at, child in list(self.drained):
            if time.monotonic() >= due_at or not child.is_alive():
                self.drained.remove((due_at, child))
                if child.is_alive():
                    self._strike(STOP, child.pid, signal.SIGTERM)
        return bool(self.drained)

    def cut(self, clients: "Clients") -> Fault:
        """Let a part of the clients lose their connections."""
        fault = Fault(CUT, time.monotonic())
        clients.ask("cut", share=self.dice.uniform(0.05, 0.5))
        self.faults.append(fault)
        return fault

    def kill_valkey_for_good(self) -> None:
        """Kill Valkey with nobody there to start it again, until the supervisor is given its turn."""
        child = self.service.child(VALKEY)
        self.service.wait(child.is_alive, READY_WITHIN_S)
        self._strike(LAST, self.service.child(VALKEY).pid, signal.SIGKILL)

    def _victim(self, kind: str) -> int | None:
        if kind == BACKEND:
            backends = children_of(self.service.child(POSTGRES).pid, "hd_app")
            return self.dice.choice(backends) if backends else None
        if kind in (WEB, PARENT):
            child = self.service.child(f"{WEB}-{self.dice.randrange(len(self.service.ports))}")
            if kind == WEB:
                # One of those that serve, also if it has been left alone.
                serving = [pid for pid in members_of({child.pid, *child.survivors}) if pid != child.pid]
                return self.dice.choice(serving) if serving else None
        else:
            child = self.service.child(kind)
        return child.pid if child.is_alive() else None

    def _strike(self, kind: str, pid: int, sign: signal.Signals) -> Fault:
        fault = Fault(kind, time.monotonic())
        os.kill(pid, sign)
        self.faults.append(fault)
        return fault


class Clients:
    """The process of everyone who chats."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.durability.clients"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        self._say(told)

    def ask(self, order: str, **more: Any) -> Any:
        """Give an order and return the answer."""
        self._say({"ask": order, **more})
        out = self.process.stdout
        if out is None or not select.select([out], [], [], ANSWERED_WITHIN_S)[0] or not (line := out.readline()):
            raise AssertionError("the clients do not answer")
        return json.loads(line)

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

    def _say(self, told: dict[str, Any]) -> None:
        if self.process.stdin is None:
            raise AssertionError("the clients hear nothing")
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()


def members_of(groups: Collection[int]) -> list[int]:
    """Return the processes of process groups that have not ended."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(status[2]) in groups and status[0] != "Z":
            found.append(int(entry.name))
    return sorted(found)


def children_of(parent: int, role: str) -> list[int]:
    """Return the server processes of a PostgreSQL that work for a role, by what they call themselves."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            title = (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if status[1] == str(parent) and f" {role} " in title and birth_mark(int(entry.name)) is not None:
            found.append(int(entry.name))
    return found
