"""Where a canary must not be: files of both servers, dumps, memory and messages of Valkey, logs, mail.

Raw places hold sealed texts, so not even the words beside the values may be there. Each place is searched for planted
values too: a search that cannot find is no search.
"""

import base64
import binascii
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import re2
import redis

from helpdesk.embedded.layout import DATABASE, KEYS_DATABASE, SUPERUSER
from helpdesk.embedded.postgres import find_installation
from tests.proofs.canaries.values import REACH, Book, Canary

END: Final = b"end-of-monitor"
# By automata, which read each byte once: most of what is searched is nothing of these, megabytes of it.
DIGITS: Final = re2.compile(rb"[0-9](?:[ .\-]{0,2}[0-9]){12,40}")
WIDE_DIGITS: Final = re2.compile(rb"(?:[0-9]\x00(?:[ .\-]\x00)?){13,40}")
TAGS: Final = re2.compile(rb"zq[a-y]{8}")
WIDE_TAGS: Final = re2.compile(rb"z\x00q\x00(?:[a-y]\x00){8}")
HEXADECIMAL: Final = re2.compile(rb"(?:[0-9a-fA-F]{2}){13,}")
BASE64: Final = re2.compile(rb"[A-Za-z0-9+/]{20,}={0,2}")
CHUNK: Final = 16 * 1024 * 1024
OVERLAP: Final = 4096
#: How far the times of files may be behind the clock.
CLOCK_S: Final = 1.0


def found_in(content: bytes, book: Book, *, depth: int = 1) -> set[str]:
    """Return what of the book lies in bytes: plain, in UTF-16, in hexadecimal digits or base64."""
    found: set[str] = set()
    for match in DIGITS.finditer(content):
        found |= _pans(match.group(), book)
    for match in WIDE_DIGITS.finditer(content):
        found |= _pans(match.group().replace(b"\0", b""), book)
    for match in TAGS.finditer(content):
        tag = match.group().decode()
        if tag in book.readable:
            found |= book.hits_in(content[match.start() : match.end() + REACH * 4].decode(errors="replace"))
        elif tag in book.tags:
            found.add(tag)
    wide = {match.group().replace(b"\0", b"").decode() for match in WIDE_TAGS.finditer(content)}
    found |= wide & (book.tags.keys() - book.readable)
    if depth and (decoded := b"\n".join(_decoded(content))):
        found |= found_in(decoded, book, depth=depth - 1)
    return found


def _pans(run: bytes, book: Book) -> set[str]:
    digits = re.sub(rb"[^0-9]", b"", run).decode()
    lengths = range(13, min(19, len(digits)) + 1)
    pans = {digits[at : at + size] for size in lengths for at in range(len(digits) - size + 1)} & book.pans
    return {f"card {pan[-4:]}" for pan in pans}


def _decoded(content: bytes) -> Iterator[bytes]:
    for match in HEXADECIMAL.finditer(content):
        yield binascii.unhexlify(match.group())
    for match in BASE64.finditer(content):
        run = match.group().rstrip(b"=")
        for shift in range(4):
            part = run[shift : shift + (len(run) - shift) // 4 * 4]
            yield base64.b64decode(part)


def found_in_files(files: Iterator[Path], book: Book) -> set[str]:
    found: set[str] = set()
    for path in files:
        with path.open("rb") as file:
            before = b""
            while chunk := file.read(CHUNK):
                found |= found_in(before + chunk, book)
                before = chunk[-OVERLAP:]
    return found


class Monitor(threading.Thread):
    """Every command that reaches Valkey."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.line = socket.socket(socket.AF_UNIX)
        self.line.connect(str(path))
        self.line.sendall(b"MONITOR\r\n")
        self.heard = bytearray()

    def run(self) -> None:
        while END not in self.heard[-4096:]:
            self.heard += self.line.recv(65_536)

    def end(self, client: redis.Redis) -> bytes:
        """Hear everything up to now, and stop."""
        client.echo(END)
        self.join(20)
        self.line.close()
        return bytes(self.heard)


@dataclass
class Searched:
    """What was found where; the planted values are to be found, the others not."""

    name: str
    hits: set[str]
    planted: bool


class Sinks:
    """All places, of one run."""

    def __init__(self, scratch: Any, folder: Path) -> None:
        self.data, self.folder = scratch.data, folder
        self.began_at = time.time() - CLOCK_S
        self.url = scratch.data.database_url(SUPERUSER)
        with psycopg.connect(self.url, autocommit=True) as connection:
            # Nothing of the write-ahead log is overwritten before it has been searched.
            connection.execute("ALTER SYSTEM SET wal_keep_size = '64GB'")
            connection.execute("SELECT pg_reload_conf()")
            # What was written before, by no surface, stays out of the search: it is as much again.
            connection.execute("SELECT pg_switch_wal()")
            row = connection.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
            assert row is not None
            self.first_segment = row[0]
        self.redis = redis.Redis.from_url(scratch.data.redis_url())
        self.monitor = Monitor(scratch.data.valkey_socket)
        self.monitor.start()
        self.places: dict[str, Callable[[Book], set[str]]] = {}

    def plant(self, canary: Canary) -> None:
        """Put a value into every place, as a mistake would."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE planted (text text)")
            connection.execute("INSERT INTO planted VALUES (%s)", [canary.text])
            connection.execute("SET client_min_messages = error")
            # Only what the server takes for a failure is in its log.
            connection.execute("SET log_min_messages = log")
            connection.execute(f"DO $$ BEGIN RAISE LOG '{canary.text}'; END $$")
        self.data.files.mkdir(parents=True, exist_ok=True)
        (self.data.files / "planted").write_text(canary.text)
        self.redis.set("planted", canary.text)
        self.redis.publish("planted", canary.text)
        body = base64.b64encode(json.dumps([[canary.text], {}, {}]).encode()).decode()
        self.redis.lpush("planted-queue", json.dumps({"body": body, "headers": {"task": "planted"}}))
        self.redis.lpush("demo:mail", json.dumps({"to": "", "subject": "", "at": "2026-01-01", "text": canary.text}))

    def search(self, book: Book, planted: Book) -> list[Searched]:
        """Look everywhere."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("CHECKPOINT")
        for name in ("web", "worker"):
            # At last, since the processes write on from where they are.
            with (self.folder / f"{name}.log").open("a") as log:
                log.write(" ".join(one.text for one in planted.tags.values()) + "\n")
        commands = self.monitor.end(self.redis)
        mail = b"\n".join(self.redis.lrange("demo:mail", 0, -1))
        queued = b"\n".join(line for line in commands.splitlines() if b'"LPUSH"' in line)
        places: dict[str, Callable[[Book], set[str]]] = {
            "PostgreSQL's data directory": lambda one: found_in_files(self._written(), one),
            "write-ahead log": lambda one: found_in_files(self._log_ahead(), one),
            "PostgreSQL's log": lambda one: found_in_files(self._logs("postgres"), one),
            "dump of both databases": lambda one: found_in(self._dump(), one),
            "files that were sent": lambda one: found_in_files(self._sent(), one),
            "Valkey's memory": lambda one: found_in(self._memory(), one),
            "Valkey's files": lambda one: found_in_files(self._files(), one),
            "Valkey's commands": lambda one: found_in(commands, one),
            "Celery's messages": lambda one: found_in(queued.replace(b'\\"', b'"'), one),
            "mail": lambda one: found_in(mail, one),
            "log of the web server": lambda one: found_in_files(iter([self.folder / "web.log"]), one),
            "log of the worker": lambda one: found_in_files(iter([self.folder / "worker.log"]), one),
        }
        both = Book(book.tags | planted.tags, book.pans | planted.pans, set(), book.readable)
        searched = []
        for name, look in places.items():
            found = look(both)
            mine = {hit for hit in found if hit in planted.tags or hit[5:] in {pan[-4:] for pan in planted.pans}}
            searched.append(Searched(name, found - mine, bool(mine)))
        return searched

    def _cluster(self, *folders: str) -> Iterator[Path]:
        for folder in folders:
            yield from (path for path in (self.data.cluster / folder).rglob("*") if path.is_file())

    def _written(self) -> Iterator[Path]:
        """The tables' files that were written since the search began: in all others is what was there before."""
        return (path for path in self._cluster("base", "global") if path.stat().st_mtime >= self.began_at)

    def _log_ahead(self) -> Iterator[Path]:
        """The write-ahead log since the search began; segments are named in their order."""
        return (path for path in self._cluster("pg_wal") if path.name >= self.first_segment)

    def _logs(self, name: str) -> Iterator[Path]:
        return (path for path in self.data.logs.iterdir() if path.is_file() and name in path.name)

    def _sent(self) -> Iterator[Path]:
        return (path for path in self.data.files.rglob("*") if path.is_file())

    def _files(self) -> Iterator[Path]:
        self.redis.config_set("rdbcompression", "no")
        self.redis.save()
        return iter([self.data.valkey_socket.with_name("dump.rdb")])

    def _memory(self) -> bytes:
        kept = []
        for key in self.redis.scan_iter(count=1000):
            kind = self.redis.type(key)
            read: dict[bytes, Callable[[Any], Any]] = {
                b"string": self.redis.get, b"list": lambda one: self.redis.lrange(one, 0, -1),
                b"hash": self.redis.hgetall, b"set": self.redis.smembers, b"stream": self.redis.xrange,
                b"zset": lambda one: self.redis.zrange(one, 0, -1),
            }  # fmt: skip
            held = read[kind](key) if kind in read else b""
            kept.append(key + b" " + (held if isinstance(held, bytes) else repr(held).encode()))
        return b"\n".join(kept)

    def _dump(self) -> bytes:
        program = find_installation().program("pg_dump")
        return b"".join(
            subprocess.run([program, self.data.database_url(SUPERUSER, name)], capture_output=True, check=True).stdout
            for name in (DATABASE, KEYS_DATABASE)
        )
