"""Make `.venv`, install the pinned requirements, and go on in it. Standard library only.

Loaded by path from `manage.py`, before anything is installed. The environment is keyed by a hash of each
requirement file; a marker written before and after each install lets an interrupted one heal itself.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

RUNTIME = "requirements.txt"
TOOLS = "tests/requirements.txt"
COMMANDS_WITH_TOOLS = {"test", "check_all"}

MARKER = "hushdesk.json"
UNREACHABLE = ("Could not fetch URL", "NewConnectionError", "ConnectionError", "Name or service not known",
               "Temporary failure in name resolution", "No matching distribution found", "ReadTimeoutError",
               "NameResolutionError", "Connection refused", "ProxyError", "Network is unreachable")  # fmt: skip


def ensure(root: Path, argv: list[str]) -> None:
    """Return when this interpreter is the project's own and complete; otherwise make it so and start over in it."""
    if os.environ.get("HUSHDESK_BOOTSTRAP") == "off":
        return
    remember_start()
    environment = root / ".venv"
    keep_bytecode(environment)
    wanted = fingerprints(root, argv)
    if not is_complete(environment, wanted):
        try:
            with only_one(root / ".venv.lock") as lock:
                if not is_complete(environment, wanted):
                    install(root, environment, wanted, lock)
        except PermissionError as error:
            fail(f"Hushdesk keeps its packages in {environment}, and may not write there ({error.strerror}).")
        except KeyboardInterrupt:
            fail("Stopped. The next start goes on from here.")
    if Path(sys.prefix).resolve() != environment.resolve():
        python = str(environment / "bin" / "python")
        os.execv(python, [python, *argv])  # noqa: S606  the same command, in the environment


def remember_start() -> None:
    """Keep when this process began, for `ready_s`.

    The process id survives exec, so it tells our own note from that of an outer process.
    """
    began = os.environ.get("HUSHDESK_STARTED", "")
    if began.partition(" ")[0] != str(os.getpid()):
        os.environ["HUSHDESK_STARTED"] = f"{os.getpid()} {time.time()}"


def keep_bytecode(environment: Path) -> None:
    """Where Python is told to leave no bytecode beside its sources, have it kept in the environment instead.

    Without any, each of the dozen processes of a demo would compile all its packages anew: seconds of a core.
    """
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        sys.pycache_prefix = os.environ.setdefault("PYTHONPYCACHEPREFIX", str(environment / "bytecode"))
        sys.dont_write_bytecode = False


def fingerprints(root: Path, argv: list[str]) -> dict[str, str]:
    """The requirement files the command needs, each with the hash of its content."""
    names = [RUNTIME, TOOLS] if set(argv[1:2]) & COMMANDS_WITH_TOOLS else [RUNTIME]
    return {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in names}


def is_complete(environment: Path, wanted: dict[str, str]) -> bool:
    """Whether everything wanted is installed and no install was cut short."""
    state = read_marker(environment)
    return state.get("installing") is None and wanted.items() <= state.items() and python_of(environment).exists()


def read_marker(environment: Path) -> dict[str, str]:
    try:
        return dict(json.loads((environment / MARKER).read_text()))
    except (OSError, ValueError):
        return {"installing": "unknown"}


def write_marker(environment: Path, state: dict[str, str]) -> None:
    draft = environment / f"{MARKER}.new"
    draft.write_text(json.dumps(state))
    draft.replace(environment / MARKER)


def python_of(environment: Path) -> Path:
    return environment / "bin" / "python"


@contextmanager
def only_one(lock: Path) -> Iterator[int]:
    """Hold the lock file, so that of two commands started at once one installs and the other waits.

    Yields its descriptor. pip inherits it, so that a pip whose parent was killed still holds the lock.
    """
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another Hushdesk command is installing packages; waiting for it.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def install(root: Path, environment: Path, wanted: dict[str, str], lock: int) -> None:
    """Install the wanted files; an environment that was cut short is made afresh."""
    state = read_marker(environment)
    if "installing" in state or not python_of(environment).exists():
        create(environment)
        state = {}
    write_marker(environment, {"installing": ", ".join(wanted)})
    missing = [name for name in wanted if state.get(name) != wanted[name]]
    began = time.monotonic()
    say(f"Installing the packages pinned in {' and '.join(missing)} (once, a minute or two).")
    run_pip(environment, [root / name for name in missing], lock)
    write_marker(environment, {**state, **wanted})
    say(f"Installed in {time.monotonic() - began:.0f} s.")


def create(environment: Path) -> None:
    """Make an empty environment in place of whatever is there."""
    for module in ("venv", "ensurepip"):
        if find_spec(module) is None:
            fail(f"This Python has no `{module}`. On Debian and Ubuntu: apt-get install python3-venv")
    say(f"Making a Python {sys.version_info[0]}.{sys.version_info[1]} environment in .venv.")
    shutil.rmtree(environment, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(environment)], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        fail("The environment could not be made:\n" + (made.stdout + made.stderr).strip())


def run_pip(environment: Path, files: list[Path], lock: int) -> None:
    """Run pip, showing one calm line for every ten packages; on failure say what it said last."""
    expected = sum(line[:1].isalnum() for file in files for line in file.read_text().splitlines())
    arguments = [part for file in files for part in ("-r", str(file))]
    pip = subprocess.Popen(
        [str(python_of(environment)), "-m", "pip", "install", "--require-hashes", "--no-compile", "--no-input",
         "--disable-pip-version-check", "--progress-bar=off", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "PIP_USER": "0"},
        pass_fds=(lock,),
    )  # fmt: skip
    last: deque[str] = deque(maxlen=12)
    collected = 0
    for line in pip.stdout or ():
        last.append(line.rstrip())
        if line.startswith(("Collecting ", "Processing ")):
            collected += 1
            if collected % 10 == 0:
                say(f"  fetched {collected} of about {expected}")
        elif line.startswith("Installing collected packages"):
            say(f"  unpacking {collected}")
    if pip.wait() != 0:
        hint = "The package index could not be reached; Hushdesk needs the network this once.\n"
        unreachable = any(sign in line for line in last for sign in UNREACHABLE)
        fail((hint if unreachable else "") + "pip said:\n  " + "\n  ".join(last))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def fail(text: str) -> NoReturn:
    say(text)
    sys.exit(1)
