"""PostgreSQL and both Valkeys together: one directory, one user of it at a time."""

import fcntl
import json
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.postgres import PostgresServer
from helpdesk.embedded.processes import Child, ServerError, birth_mark, end_leftover, private_directory
from helpdesk.embedded.valkey import FormsValkeyServer, ValkeyServer

TRUE_WORDS = {"1", "true", "yes", "on"}


class InUseError(ServerError):
    """Another demo or test run holds this data directory."""


def refuse_in_production(environment: Mapping[str, str]) -> None:
    """Raise unless DEBUG or DEMO is on: these servers trust everyone who reaches their socket.

    Raises:
        ServerError: The environment is a production's.
    """
    if not any(environment.get(name, "").strip().lower() in TRUE_WORDS for name in ("DEBUG", "DEMO")):
        raise ServerError(
            "The embedded servers are for the demo and the tests. "
            "In production set DATABASE_URL, KEYS_DATABASE_URL and REDIS_URL."
        )


class Services:
    """The servers of one data directory, and the note of what was started there.

    Args:
        careless: PostgreSQL need not keep anything safe on disk.
        model: A stopped cluster that PostgreSQL's begins as a copy of, where there is none yet.
    """

    def __init__(self, data: DataDirectory, *, careless: bool = False, model: Path | None = None) -> None:
        self.data = data
        self.careless = careless
        self.children: list[Child] = []
        self._postgres = PostgresServer(data, careless=careless, model=model)
        self._lock: IO[str] | None = None

    def claim(self) -> None:
        """Take the data directory for this process, and end what a killed one left running.

        Raises:
            InUseError: A living process holds it.
        """
        refuse_in_production(os.environ)
        if self.data.is_somebody_elses:
            raise ServerError(f"{self.data.path} has files in it that are not Hushdesk's; choose another --data-dir.")
        private_directory(self.data.path, passable=os.getuid() == 0)
        private_directory(self.data.logs)
        lock = self.data.lock.open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise InUseError(f"{self.data.path} is in use by process {lock.read().strip() or 'unknown'}.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock
        self._end_leftovers()

    def start_postgres(self) -> Child:
        return self.note(self._postgres.start())

    def start_postgres_again(self) -> Child:
        """Start it after a fall, without waiting for it."""
        return self.note(self._postgres.start_again())

    def start_valkey(self) -> Child:
        return self.note(ValkeyServer(self.data).start())

    def start_forms_valkey(self) -> Child:
        return self.note(FormsValkeyServer(self.data).start())

    def start(self) -> None:
        """Claim the directory and start all."""
        self.claim()
        try:
            self.start_postgres()
            self.start_valkey()
            self.start_forms_valkey()
        except BaseException:
            self.stop()
            raise

    def note(self, child: Child) -> Child:
        """Remember a child for the stop, and, on disk, for a successor of a killed supervisor."""
        self.children = [one for one in self.children if one.name != child.name] + [child]
        notes = [[one.pid, birth_mark(one.pid), int(one.stop_signal)] for one in self.children if one.is_alive()]
        # In one step: whoever reads meanwhile, or comes after a kill in the middle, sees whole notes.
        unfinished = self.data.processes_unfinished
        unfinished.write_text(json.dumps(notes))
        unfinished.replace(self.data.processes)
        return child

    def forget(self) -> None:
        """Remove all data but the lock that is being held; only what these servers have made."""
        for path in self.data.contents:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        private_directory(self.data.logs)

    def stop(self) -> None:
        """Stop everything, the last started first, and let go of the directory."""
        for child in reversed(self.children):
            child.stop()
        self.children = []
        if self._lock is not None:
            self.data.processes.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _end_leftovers(self) -> None:
        try:
            notes = json.loads(self.data.processes.read_text())
        except (OSError, ValueError):
            return
        for pid, mark, stop_signal in reversed(notes):
            end_leftover(pid, mark, signal.Signals(stop_signal))
        self.data.processes.unlink(missing_ok=True)
