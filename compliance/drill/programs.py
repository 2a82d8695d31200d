"""PostgreSQL's own programs for backups: found, run, and kept from saying what was in the rows."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Final

from psycopg import pq

from compliance.drill.faults import DrillRefusedError
from helpdesk.embedded.postgres import PLACES, wheel_programs

DUMP: Final = "pg_dump"
RESTORE: Final = "pg_restore"
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


class ProgramError(Exception):
    """A program ended badly. What it said is cut before the first value it quotes: rows stand in its messages."""


def find(name: str, *, major: int) -> Path:
    """Return the program of a server's version, or of the oldest after it.

    An older pg_dump refuses a newer server; what a newer pg_restore sets first an older server does not know.

    Raises:
        DrillRefusedError: There is none.
    """
    found = {version: path for path in _places(name) if (version := _version(path)) >= major}
    if not found:
        raise DrillRefusedError(
            f"{name} of PostgreSQL {major} or newer was not found. Install the client programs "
            f"(Debian: postgresql-client-{major} of apt.postgresql.org) or put them on the PATH."
        )
    return found[min(found)]


def run(program: Path, *arguments: str | Path, url: str) -> None:
    """Run a program on a database to its end.

    Raises:
        ProgramError: It failed.
    """
    command = [program, *arguments]
    done = subprocess.run(command, env=_environment(url), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    _judge(program, done.returncode, done.stderr)


@contextmanager
def output_of(program: Path, *arguments: str | Path) -> Iterator[IO[bytes]]:
    """Run a program that needs no database, and read what it writes while it does; whoever reads, reads all of it.

    Raises:
        ProgramError: It failed.
    """
    command = [program, *arguments]
    environment = _environment("")
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        if child.stdout is None or child.stderr is None:
            raise ProgramError(program.name)
        try:
            yield child.stdout
        except BaseException:
            child.kill()
            raise
        # A few lines at most, far less than a pipe holds: nothing waits for us to read them.
        said = child.stderr.read()
    _judge(program, child.returncode, said)


def _judge(program: Path, code: int, said: bytes) -> None:
    if code:
        line = said.decode(errors="replace").partition("\n")[0].partition('"')[0].strip()
        raise ProgramError(f"{program.name} ended with {code}: {line}")


def _environment(url: str) -> dict[str, str]:
    """Say by libpq's variables where the database is: a password stands in no list of processes."""
    given = {
        option.envvar.decode(): option.val.decode()
        for option in pq.Conninfo.parse(url.encode())
        if option.envvar and option.val
    }
    # The time of a backup is written in the zone of whoever reads it.
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC", **given}


def _places(name: str) -> list[Path]:
    """Return the programs of this name, those that come first in doubt last."""
    wheel = wheel_programs()
    folders = [*(path for place in PLACES for path in Path("/").glob(place[1:])), *([wheel] if wheel else [])]
    on_path = shutil.which(name)
    paths = [folder / name for folder in folders] + ([Path(on_path)] if on_path else [])
    return [path for path in paths if os.access(path, os.X_OK)]


@cache
def _version(program: Path) -> int:
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = _VERSION.search(answer.stdout)
    return int(version[1]) if version else 0
