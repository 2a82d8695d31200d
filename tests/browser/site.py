"""The pages of the played site: a server of static files and of what a test has put there."""

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).resolve().parents[2]


STATIC_FOLDERS: Final = tuple(ROOT / app / "static" for app in ("helpdesk/core", "chat", "tenants", "compliance"))


@dataclass(frozen=True)
class Asked:
    """What a page has posted, and to where."""

    url: str
    headers: Mapping[str, str]
    body: str


Answer = bytes | tuple[int, object]


class Site:
    """A server that knows our static files, and the pages that a test puts on it."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.answers: dict[str, Callable[[Asked], Answer]] = {}
        self.numbers = itertools.count(1)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SiteHandler, self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path: str, html: str, policy: str = "") -> None:
        """Serve `html` at `path`, under a content security policy if there is one."""
        self.pages[path] = (html, policy)

    def answer(self, path: str, by: Callable[[Asked], Answer]) -> None:
        """Answer what is posted to `path` by a status and JSON, or by a file.

        A page whose requests go through Playwright asks for each script there, at the cost of half as much again.
        """
        self.answers[path] = by

    def new_host(self, name: str) -> str:
        """A host of which a browser has kept nothing: `shop` becomes `shop-1`."""
        return f"{name}-{next(self.numbers)}"

    def address(self, path: str = "/", host: str = "app") -> str:
        return f"http://{host}.localhost:{self.port}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class SiteHandler(SimpleHTTPRequestHandler):
    """Static files under /static/, the site's pages, and a blank page everywhere else."""

    def __init__(self, site: Site, *arguments: Any) -> None:
        self.site = site
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if file := static_file(path.removeprefix("/static/")):
            self.answer(file.read_bytes(), self.guess_type(path))
            return
        html, policy = self.site.pages.get(path, ("<!doctype html><title>blank</title>", ""))
        self.answer(html.encode(), "text/html; charset=utf-8", policy)

    def do_POST(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not (by := self.site.answers.get(path)):
            self.send_error(404)
            return
        found = by(Asked(self.path, self.headers, body))
        if isinstance(found, bytes):
            self.answer(found, "application/zip")
        else:
            status, facts = found
            self.answer(json.dumps(facts).encode(), "application/json", status=status)

    def answer(self, body: bytes, kind: str, policy: str = "", *, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def static_file(path: str) -> Path | None:
    """Find a static file of any app, as the browser names it."""
    return next((file for folder in STATIC_FOLDERS if (file := folder / path).is_file()), None)
