"""Where a value must not lie: both databases, both Valkeys, memory of the web process and of the servers, logs, files.

Answers wait, were read, and ran out while it is looked. Each place is searched for a planted value too: a search that
cannot find is no search.
"""

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import psycopg
import redis
from django.conf import settings

from chat.models import FormRequest, FormState, Handling
from chat.secure_forms.submission import encoded
from helpdesk.embedded.layout import DATABASE, KEYS_DATABASE, SUPERUSER, DataDirectory
from helpdesk.embedded.postgres import find_installation
from helpdesk.embedded.processes import birth_mark
from tenants.scoping import tenant_scope
from tests.proofs.forms.people import Agent, make_agent, submit
from tests.support.form_endpoints import form_receiver, new_key, serving
from tests.support.measuring import unmeasured
from tests.support.progress import say
from tests.support.server import ROOT, Server

KEYS: Final = ("values_found", "values_sent", "places", "blind_places")
SENT: Final = 60
#: The letters of a planted value and of one that was sent; nothing else has them in this order.
MARK: Final = re.compile(rb"zqf[a-y]{20}")
WIDE: Final = re.compile(rb"z\0q\0f\0(?:[a-y]\0){20}")
PATIENCE_S: Final = 60.0
CHUNK: Final = 8 * 1024 * 1024
#: Ranges of a process's memory that hold no data of its own.
SHARED: Final = ("[vvar]", "[vdso]", "[vsyscall]")


def measure(stage: Any) -> dict[str, Any]:
    """Send, read some, and search."""
    sent: set[bytes] = set()
    data = DataDirectory.default()
    with stage.served() as server, planted_process() as held, worker(stage.folder) as forwarder, system() as theirs:
        agent = make_agent("lying")
        theirs.connect(agent)
        for number in range(3 if stage.is_short else SENT):
            sent |= _sent(server, agent, is_read=number % 2 == 0)
        for handling in (Handling.FORWARD, Handling.ASK, Handling.CHECK) * (1 if stage.is_short else 5):
            sent |= _handled(server, agent, handling, theirs)
        planted = held.value
        _plant(planted, data, stage.folder)
        found: dict[str, set[bytes]] = {
            "dump of both databases": _found(_dump(data)),
            "log of the web server": _found_in([stage.folder / "web.log"]),
            "log of the worker": _found_in([stage.folder / "worker.log"]),
            "logs of the servers": _found_in(data.logs.glob("*")),
            "files of the servers": _found_in(_files(data, is_short=stage.is_short)),
            "Valkey's memory": _memory_of(data, "valkey/valkey.sock"),
            "memory of a process": _memory(held.pid),
            "memory of the web process": _memory(server.pid),
            "memory of the worker": _memory(forwarder.pid),
            "memory of the Valkey of forms": _memory_of(data, "forms/valkey.sock"),
        }
    for place, values in found.items():
        say(f"{place}: {len(values & sent)} of {len(sent)}")
    # In the memory of the servers and of that Valkey nothing can be planted; the same search finds it in a process.
    plantable = found.keys() - {"memory of the web process", "memory of the worker", "memory of the Valkey of forms"}
    return {
        "values_found": sum(len(values & sent) for values in found.values()),
        "values_sent": len(sent),
        "places": len(found),
        "blind_places": sorted(place for place in plantable if planted not in found[place]),
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether something was sent, and each place shows what was planted in it."""
    return bool(figures["values_sent"]) and not figures["blind_places"]


class Held:
    """A process that holds one value in its memory, as a mistake would."""

    def __init__(self) -> None:
        self.value = new_value()
        code = "import sys, time; kept = sys.stdin.readline(); print('ready', flush=True); time.sleep(3600)"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(self.value.decode() + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


planted_process = Held


def new_value() -> bytes:
    letters = "abcdefghijklmnopqrstuvwxy"
    return ("zqf" + "".join(secrets.choice(letters) for _ in range(20))).encode()


def _sent(server: Server, agent: Agent, *, is_read: bool) -> set[bytes]:
    """Send two values by one form, and read it or let it wait."""
    values = {new_value(), new_value()}
    form = agent.ask()
    answer = submit(server, form, {"number": "4111 1111 1111 1111", "name": " ".join(one.decode() for one in values)})
    if answer.status_code != 200:
        raise AssertionError(f"it was not sent: {answer.status_code}")
    if is_read:
        with agent.browser(server) as theirs:
            handed = theirs.post(agent.path(form, "take/"), data={"key": encoded(agent.key.fingerprint)})
            theirs.post(agent.path(form, "hidden/"))
        told = agent.key.open(handed.json()["sealed"], handed.json()["facts"])
        if not all(one.decode() in told["name"] for one in values):
            raise AssertionError("what was read is not what was sent")
    return values


def _handled(server: Server, agent: Agent, handling: Handling, theirs: "System") -> set[bytes]:
    """Send two values to the organisation's own system, or to be compared; wait until that is done."""
    values = {new_value(), new_value()}
    form = agent.ask(handling)
    told = {"number": "4111 1111 1111 1111", "name": " ".join(one.decode() for one in values)}
    if submit(server, form, told).status_code != 200:
        raise AssertionError(f"it was not sent: {handling}")
    if handling == Handling.CHECK:
        with agent.browser(server) as browser:
            handed = browser.post(agent.path(form, "take/"), data={"key": encoded(agent.key.fingerprint)}).json()
            is_same = agent.key.open(handed["sealed"], handed["facts"]) == told
            browser.post(agent.path(form, "checked/"), data={"outcome": "match" if is_same else "no_match"})
    until = time.monotonic() + PATIENCE_S
    while (ended := _as_it_is(form)).is_live:
        if time.monotonic() > until:
            raise AssertionError(f"{handling} did not end: {ended.state}")
        time.sleep(0.05)
    wanted = FormState.FORWARDED if handling == Handling.FORWARD else FormState.CHECKED
    if ended.state != wanted or (handling != Handling.CHECK and told not in theirs.taken):
        raise AssertionError(f"{handling} ended as {ended.state} {ended.why}")
    return values


def _as_it_is(form: FormRequest) -> FormRequest:
    with tenant_scope(form.tenant_id):
        found: FormRequest = FormRequest.objects.get(id=form.id)
    return found


class System:
    """The organisation's own system, in this process: it does have the values."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.key = new_key()
        self.receiver: Any = None
        self.address = ""

    def connect(self, agent: Agent) -> None:
        sender = agent.connect(self.address, self.key)
        self.receiver = form_receiver.Receiver([self.key], sender, self.take)

    def take(self, values: dict[str, str], told: Any) -> dict[str, str]:
        self.taken.append(values)
        return {"outcome": "match"} if told["handling"] == "ask" else form_receiver.take(values, told)

    def answer(self, *request: Any) -> Any:
        return self.receiver.answer(*request)


@contextmanager
def system() -> Iterator[System]:
    theirs = System()
    with serving(form_receiver.served(theirs)) as theirs.address:
        yield theirs


@contextmanager
def worker(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker of its own, which brings forms on their way."""
    command = [sys.executable, "-m", "celery", "-A", "helpdesk", "worker", "-P", "solo", "--without-gossip",
               "--without-mingle", "--without-heartbeat", "-l", "info"]  # fmt: skip
    with (folder / "worker.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=log, stdout=log, env=unmeasured(os.environ) | {"FORM_RECEIVERS_HERE": "true"}
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _plant(value: bytes, data: DataDirectory, folder: Path) -> None:
    text = value.decode()
    url = os.environ.get("SUPERUSER_DATABASE_URL") or data.database_url(SUPERUSER)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS planted (text text)")
        connection.execute("INSERT INTO planted VALUES (%s)", [text])
        # What is only in the log may stand there in two parts, on two of its pages.
        connection.execute("CHECKPOINT")
    redis.Redis.from_url(settings.REDIS_URL).set("planted", text)
    (data.logs / "planted.log").write_text(text)
    for name in ("web.log", "worker.log"):
        with (folder / name).open("a") as log:
            log.write(text)
    time.sleep(0.1)


def _dump(data: DataDirectory) -> bytes:
    program = find_installation().program("pg_dump")
    urls = [os.environ.get(f"SUPERUSER_{name}") or data.database_url(SUPERUSER, database)
            for name, database in (("DATABASE_URL", DATABASE), ("KEYS_DATABASE_URL", KEYS_DATABASE))]  # fmt: skip
    return b"".join(subprocess.run([program, url], capture_output=True, check=True).stdout for url in urls)


def _files(data: DataDirectory, *, is_short: bool) -> Iterator[Path]:
    """The cluster with its write-ahead log, which holds the planted row, and what lies beside the sockets."""
    folders = [data.cluster / "pg_wal"] if is_short else [data.cluster]
    for folder in (*folders, data.valkey_socket.parent, data.forms_valkey_socket.parent):
        yield from (path for path in folder.rglob("*") if path.is_file())


def _found(content: bytes) -> set[bytes]:
    return {*MARK.findall(content), *(one.replace(b"\0", b"") for one in WIDE.findall(content))}


def _found_in(paths: Any) -> set[bytes]:
    found: set[bytes] = set()
    for path in paths:
        if path.is_file():
            found |= _found(path.read_bytes())
    return found


def _memory_of(data: DataDirectory, socket: str) -> set[bytes]:
    """Search the memory of the server that listens on a socket of this directory."""
    found: set[bytes] = set()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            words = (process / "cmdline").read_bytes()
        except OSError:
            continue
        # A server may show its socket in the place of its arguments.
        if f"{data.servers}/run/{socket}".encode() in words.replace(b"\0", b" "):
            found |= _memory(int(process.name))
    return found


def _memory(pid: int) -> set[bytes]:
    """Search all that a process can write to."""
    if birth_mark(pid) is None:
        raise AssertionError(f"{pid} is not there")
    found: set[bytes] = set()
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            span, rights, *rest = line.split()
            if not rights.startswith("rw") or (rest and rest[-1] in SHARED):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            found |= _found_between(memory, start, end)
    return found


def _found_between(memory: Any, start: int, end: int) -> set[bytes]:
    found: set[bytes] = set()
    before = b""
    while start < end:
        try:
            memory.seek(start)
            chunk = memory.read(min(CHUNK, end - start))
        except OSError:
            break
        if not chunk:
            break
        found |= _found(before + chunk)
        before, start = chunk[-64:], start + len(chunk)
    return found
