"""The service under proof: a server with a lever and a worker on scratch data, an organisation, and its people."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import httpx

from tests.proofs.canaries.values import Book
from tests.support.lever_file import pull
from tests.support.server import ROOT, Server, running
from tests.support.sockets import Browser, ChatSocket, dial

if TYPE_CHECKING:
    from tenants.models import Tenant

CSRF: Final = "a" * 32
OPENED_MAX: Final = 4_000_000
# What a page says that wants a second factor given just now.
ASKED: Final = ('name="fresh-code"', "Please confirm that it is you.")


class Person:
    """Somebody who is signed in, with a browser that stays open."""

    def __init__(self, server: Server, cookies: dict[str, str]) -> None:
        self.server = server
        self.cookies = {**cookies, "__Host-csrf": CSRF}
        headers = {
            "Host": server.host,
            "Origin": server.origin,
            "X-CSRFToken": CSRF,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        self.client = server.client(**headers)
        self.client.timeout = 60

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, str], **options: Any) -> httpx.Response:
        """Post a form; where a factor given just now is asked for, it is given, however long all of this takes."""
        answer = self.client.post(path, data=data, **options)
        if answer.status_code == 422 and any(asked in answer.text for asked in ASKED):
            self._give_factor()
            answer = self.client.post(path, data=data, **options)
        return answer

    def _give_factor(self) -> None:
        from django.conf import settings
        from django.contrib.sessions.backends.db import SessionStore
        from django_otp import DEVICE_ID_SESSION_KEY

        from helpdesk.core import clock
        from tenants.fresh_factor import STAMP

        session = SessionStore(self.cookies[settings.SESSION_COOKIE_NAME])
        session[STAMP] = [clock.now().timestamp(), session[DEVICE_ID_SESSION_KEY]]
        session.save()

    def socket(self, slug: str) -> ChatSocket:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        chat = ChatSocket(dial(self.server, f"/ws/agent/{slug}/", origin=self.server.origin, headers=headers))
        chat.send("session.open", conversations=[])
        chat.expect("session.opened")
        return chat


@dataclass
class Service:
    """What drivers send to, and what they have seen."""

    server: Server
    folder: Path
    lever: Path
    widget_key: str
    slug: str
    inbox_id: UUID
    owner: Person
    agent: Person
    operator: Person
    stranger: Person
    book: Book = field(default_factory=Book)
    #: What somebody was shown, and where; what it holds of the book when it was looked at.
    hits: dict[str, set[str]] = field(default_factory=dict)
    conversations: list[str] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)

    @property
    def tenant(self) -> "Tenant":
        """The organisation, as it is now."""
        from tenants.models import Tenant

        return Tenant.objects.get(slug=self.slug)

    def show(self, where: str, text: str) -> None:
        """Look at a text that somebody was shown."""
        if found := self.book.hits_in(text[:OPENED_MAX]):
            self.hits.setdefault(where, set()).update(found)

    def show_kept(self, where: str, answer: httpx.Response) -> None:
        """Look at the answer to a form whose text was kept; one that was refused is its sender's own text again."""
        if answer.status_code == 200:
            self.show(where, answer.text)

    def show_message(self, where: str, text: str) -> None:
        """Look at one message, which may be a part of a number."""
        self.show(where, text)
        if found := self.book.part_hits(text):
            self.hits.setdefault(where, set()).update(found)

    def visitor(self) -> Browser:
        return Browser(self.server, self.widget_key)

    def pull(self, **what: list[str]) -> None:
        pull(self.lever, **what)


@contextlib.contextmanager
def running_service(scratch: Any) -> Iterator[Service]:
    """Start everything; the world is made before, in this process."""
    from tests.proofs.canaries.world import make_world

    folder = scratch.data.path / "canaries"
    folder.mkdir()
    lever = folder / "lever.json"
    logs = {name: folder / f"{name}.log" for name in ("web", "worker")}
    environment = {"LEVER": str(lever), "LEVER_LIMITS": "off", "PYTHONPATH": str(ROOT), "LOG_LEVEL": "INFO"}
    with running(_uvicorn, log=logs["web"], **environment) as server, _worker(logs["worker"], environment):
        yield make_world(server, folder, lever)


def _uvicorn(port: int) -> list[str]:
    return [
        sys.executable, "-m", "uvicorn", "tests.support.lever:application", "--port", str(port), "--lifespan", "on",
        "--log-level", "info", "--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "1",
    ]  # fmt: skip


@contextlib.contextmanager
def _worker(log: Path, environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "tests.support.lever_worker", "worker", "--pool", "solo",
               "--loglevel", "INFO"]  # fmt: skip
    with log.open("ab") as out:
        worker = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env={**os.environ, **environment})
        try:
            yield
        finally:
            worker.terminate()
            try:
                worker.wait(15)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
