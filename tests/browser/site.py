"""The pages of the played site: a server of static files and of what a test has put there."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

ROOT: Final = Path(__file__).resolve().parents[2]


STATIC_FOLDERS: Final = tuple(ROOT / app / "static" for app in ("helpdesk/core", "chat", "tenants", "compliance"))


class Site:
    """A server that knows our static files, and the pages that a test puts on it."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SiteHandler, self))
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, path: str, html: str, policy: str = "") -> None:
        """Serve `html` at `path`, under a content security policy if there is one."""
        self.pages[path] = (html, policy)

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

    def answer(self, body: bytes, kind: str, policy: str = "") -> None:
        self.send_response(200)
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
