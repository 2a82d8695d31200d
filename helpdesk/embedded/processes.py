"""Child processes that end with their parent, each in its own group. Standard library only.

A terminal's Ctrl-C reaches a whole process group, so each child has a group of its own: the supervisor alone
hears it, and stops its children in order.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
# What outlives its parent ends by itself within this time.
SURVIVED_S = 30.0
PROC = Path("/proc/self").parent if Path("/proc/self/stat").exists() else Path("/nonexistent")
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class ServerError(Exception):
    """A server of the demo or the tests could not be found, made or started; the message says what to do."""


@dataclass(frozen=True)
class Account:
    """The user a child runs as."""

    uid: int
    gid: int


@dataclass
class Child:
    """A started process.

    `stop_signal` asks it to finish in good order. `orphan_signal` is what the kernel sends it when its parent
    dies (Linux only; elsewhere the next start ends what outlived its supervisor). `is_survived`: what it had started
    goes on for a while when it is killed, until its successor serves; `survivors` are the groups of its predecessors.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals
    started_at: float = field(default_factory=time.monotonic)
    is_survived: bool = False
    survivors: tuple[int, ...] = ()

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def stop(self, *, patience_s: float = 10.0) -> None:
        """Ask it to finish; after `patience_s` end its whole group."""
        if self.is_alive():
            self.process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
        end_group(self.pid)
        self.process.wait()
        # Later they have ended by themselves, and the number may be somebody else's.
        if time.monotonic() - self.started_at < SURVIVED_S:
            for group in self.survivors:
                end_group(group)

    def last_words(self, lines: int = 8) -> str:
        """The end of its log."""
        try:
            text = self.log.read_text(errors="replace")
        except OSError:
            return ""
        return "\n".join("  " + line for line in text.splitlines()[-lines:])


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    orphan_signal: signal.Signals | None = None,
) -> Child:
    """Start a child in its own process group, its output appended to `log`.

    Call it from the main thread: the kernel's parent-death signal follows the thread that forked.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else None,
            cwd="/" if account else None,
            process_group=0,
            preexec_fn=end_with_parent(orphan_signal or stop_signal),  # noqa: PLW1509  only main threads fork here
            **as_account(account),
        )  # fmt: skip
    return Child(name, process, log, stop_signal)


def as_account(account: Account | None) -> dict[str, Any]:
    """The arguments by which `subprocess` runs a program as that user, or as ourselves."""
    return {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}


def end_with_parent(sign: signal.Signals) -> Callable[[], None]:
    """Return what the child does between fork and exec: ask the kernel for `sign` when the parent dies.

    Runs after the change of user, which would clear it. A parent that died meanwhile is noticed by its id.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(sign))
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def end_group(leader: int, sign: signal.Signals = signal.SIGKILL) -> None:
    """Send `sign` to what is left of a child's process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, sign)


def birth_mark(pid: int) -> str | None:
    """What tells this process from a later one with the same id; None once it is gone.

    On Linux field 22 of /proc/PID/stat, the start in clock ticks after boot; elsewhere what `ps` says.
    """
    if PROC.is_dir():
        try:
            state, *rest = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if state == "Z" else rest[18]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return answer.stdout.strip() or None


def end_leftover(pid: int, mark: str | None, stop_signal: signal.Signals, *, patience_s: float = 10.0) -> None:
    """End a process that outlived its supervisor, if it is still the one that bore `mark`."""
    if mark is None or birth_mark(pid) != mark:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, stop_signal)
    wait_until(lambda: birth_mark(pid) != mark, patience_s)
    end_group(pid)


def wait_until(condition: Callable[[], bool], limit_s: float, *, every_s: float = 0.05) -> bool:
    """Ask until `condition` holds or `limit_s` is over; returns whether it held."""
    deadline = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def private_directory(path: Path, account: Account | None = None, *, passable: bool = False) -> Path:
    """Make `path` a directory that only its owner opens (`passable`: others may go through, not look).

    Raises:
        ServerError: Somebody else got there first, as can happen below a shared /var/tmp.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.lstat()
    wanted = {os.getuid(), account.uid if account else os.getuid()}
    if path.is_symlink() or status.st_uid not in wanted:
        raise ServerError(f"{path} belongs to somebody else; remove it or choose another --data-dir.")
    if account and status.st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o711 if passable else 0o700)
    return path
