"""Where the demo and the tests keep things, and the URLs that follow from it. Standard library only.

`helpdesk.settings` takes its defaults from here, so that `manage.py shell` works beside a running demo:

    here = layout.DataDirectory.default()
    here.database_url(), here.keys_database_url(), here.redis_url(), here.secret_key_file, …

Celery wants the socket in another spelling: `celery_url(redis_url)` gives it.
"""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).resolve().parents[2]
APPLICATION_ROLE = "hd_app"
OWNER_ROLE = "hd_owner"
OPERATOR_ROLE = "hd_operator"
SUPERUSER = "postgres"
# Who reaches the Valkey of secure forms: no one else can do anything there.
FORMS_USER = "hd_forms"
DATABASE = "hushdesk"
KEYS_DATABASE = "hushdesk_keys"

# A unix socket's whole path has to fit sockaddr_un: 104 bytes on macOS, 108 on Linux.
MAX_SOCKET_PATH_BYTES = 100
# Unlike /tmp it outlives a restart of the machine; `private_directory` refuses what somebody else has put there.
KEPT_TEMPORARY = Path("/var/tmp")  # noqa: S108
CLUSTER = "postgres"
LONGEST_SOCKET = "postgres/.s.PGSQL.5432"


@dataclass(frozen=True)
class DataDirectory:
    """One demo's or one test run's files. Nothing here touches the disk except to ask who may pass through it."""

    path: Path

    @classmethod
    def default(cls) -> "DataDirectory":
        """`HUSHDESK_DATA_DIR`, or `.data` in the working copy."""
        return cls(Path(os.environ.get("HUSHDESK_DATA_DIR") or ROOT / ".data").absolute())

    @property
    def servers(self) -> Path:
        """The home of clusters and sockets: here, or a short public path that leads to a private directory.

        PostgreSQL refuses to run as root, so then it runs as `nobody`, who must be able to reach its files. Where a
        cluster is already, it stays: what may be passed through can change, and nobody's data begins anew by that.
        """
        elsewhere = self._elsewhere
        for home in (elsewhere, self.path):
            if (home / CLUSTER).exists():
                return home
        return self.path if is_reachable(self.path) and fits_a_socket(self.path / "run") else elsewhere

    @property
    def _elsewhere(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        base = KEPT_TEMPORARY if KEPT_TEMPORARY.is_dir() else Path(tempfile.gettempdir())
        return base / f"hushdesk-{os.getuid()}-{digest}"

    @property
    def cluster(self) -> Path:
        return self.servers / CLUSTER

    @property
    def postgres_socket(self) -> Path:
        """The directory of PostgreSQL's socket."""
        return self.servers / "run" / "postgres"

    @property
    def valkey_socket(self) -> Path:
        return self.servers / "run" / "valkey" / "valkey.sock"

    @property
    def forms_valkey_socket(self) -> Path:
        """Of the Valkey in which what secure forms carry waits."""
        return self.servers / "run" / "forms" / "valkey.sock"

    @property
    def files(self) -> Path:
        """What was sent in chats, sealed."""
        return self.path / "files"

    @property
    def logs(self) -> Path:
        return self.path / "log"

    @property
    def lock(self) -> Path:
        return self.path / "hushdesk.lock"

    @property
    def processes(self) -> Path:
        """What the last supervisor started, so that the next can end what outlived it."""
        return self.path / "processes.json"

    @property
    def processes_unfinished(self) -> Path:
        return self.path / "processes.json.new"

    @property
    def anchors(self) -> Path:
        """Where anchors of the audit trail are kept."""
        return self.path / "anchors"

    @property
    def beat_schedule(self) -> Path:
        return self.path / "beat-schedule"

    @property
    def sign_in_facts(self) -> Path:
        """How to sign in to the demo, for `manage.py demo --codes`."""
        return self.path / "secrets" / "sign_in.json"

    @property
    def contents(self) -> list[Path]:
        """All that the servers and the demo make, the lock apart."""
        made = [self.cluster, self.files, self.servers / "postgres.new", self.servers / "run",
                self.servers / "programs", self.logs, self.secret_key_file.parent, self.processes,
                self.processes_unfinished, self.anchors]  # fmt: skip
        return [*made, *self.path.glob(f"{self.beat_schedule.name}*")]

    @property
    def is_somebody_elses(self) -> bool:
        """Whether there are files in it, but never was a lock of ours."""
        return self.path.is_dir() and not self.lock.exists() and any(self.path.iterdir())

    @property
    def secret_key_file(self) -> Path:
        return self.path / "secrets" / "secret_key"

    @property
    def key_encryption_keys_file(self) -> Path:
        return self.path / "secrets" / "key_encryption_keys"

    def database_url(self, role: str = APPLICATION_ROLE, database: str = DATABASE) -> str:
        return f"postgresql://{role}@/{database}?host={self.postgres_socket}"

    def keys_database_url(self, role: str = APPLICATION_ROLE) -> str:
        return self.database_url(role, KEYS_DATABASE)

    def database_urls(self) -> dict[str, str]:
        """What the application's processes are given: both databases, by its own role and by the operators'."""
        return {
            "DATABASE_URL": self.database_url(),
            "KEYS_DATABASE_URL": self.keys_database_url(),
            "OPERATOR_DATABASE_URL": self.database_url(OPERATOR_ROLE),
            "OPERATOR_KEYS_DATABASE_URL": self.keys_database_url(OPERATOR_ROLE),
        }

    def redis_url(self, number: int = 0) -> str:
        return f"unix://{self.valkey_socket}?db={number}"

    def forms_redis_url(self, number: int = 0) -> str:
        return f"unix://{FORMS_USER}@{self.forms_valkey_socket}?db={number}"


def celery_url(redis_url: str) -> str:
    """The broker URL for a Redis URL: kombu spells a socket `redis+socket:///path?virtual_host=0`."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    number = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def fits_a_socket(run: Path) -> bool:
    return len(os.fsencode(run / LONGEST_SOCKET)) < MAX_SOCKET_PATH_BYTES


def is_reachable(path: Path) -> bool:
    """Whether the user PostgreSQL runs as can pass through every directory above `path`."""
    if os.getuid() != 0:
        return True
    return all(parent.stat().st_mode & 0o001 for parent in path.parents if parent.exists())
