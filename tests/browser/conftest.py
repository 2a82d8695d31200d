"""Real Chromium for the front end's tests.

Playwright's synchronous interface keeps an event loop running in this thread, in which Django's ORM refuses to work and
asynchronous tests can't start. So a browser lives for one module, and nothing here touches the ORM: what a test needs
from the product it gets from a running server.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

ROOT: Final = Path(__file__).resolve().parents[2]
STATIC_FOLDERS: Final = tuple(ROOT / app / "static" for app in ("helpdesk/core", "chat", "tenants", "compliance"))
BROWSER_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
BROWSER_OPTIONS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
BLANK_PAGE: Final = b"<!doctype html><title>blank</title><body></body>"
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost")


class Watch:
    """What a page must not do: log an error, break its content security policy, or leave this machine."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        context.on("request", self._request)

    def expect(self, *parts: str) -> None:
        """Let console messages with one of these parts pass, for tests that cause a fault on purpose."""
        self.expected += parts

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if request.url.startswith(("http", "ws")) and not host.endswith(LOCAL_HOSTS):
            self.faults.append(f"left the host: {request.url}")

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]


class StaticHandler(SimpleHTTPRequestHandler):
    """Serves the apps' static folders under /static/, and a blank page everywhere else."""

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        found = next(
            (file for folder in STATIC_FOLDERS if (file := folder / path.removeprefix("/static/")).is_file()), None
        )
        body = found.read_bytes() if found else BLANK_PAGE
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path) if found else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def static_site() -> Iterator[str]:
    """The address of a server that knows only our static files."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(StaticHandler, directory=str(ROOT)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def browser_path() -> str:
    """The browser of this run; a machine without one fails rather than skips."""
    found = os.environ.get("HUSHDESK_BROWSER") or next(filter(None, map(shutil.which, BROWSER_NAMES)), None)
    assert found, "No Chromium found; run `python3 manage.py test`, which installs one."
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(BROWSER_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The faults of every page that the test opens; none may be left at its end."""
    watch = Watch()
    yield watch
    assert watch.unexpected == []


@pytest.fixture
def open_context(browser: Browser, watch: Watch) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser profile of its own, watched: `open_context(viewport=..., color_scheme=...)`."""
    contexts: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        context = browser.new_context(**options)
        watch.over(context)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext]) -> Page:
    return open_context().new_page()


@pytest.fixture
def module_page(page: Page, static_site: str) -> Page:
    """A blank page on the static site, from which modules can be imported."""
    page.goto(f"{static_site}/blank")
    return page


@pytest.fixture
def run_js(module_page: Page) -> Callable[..., Any]:
    """Run a function of a module's exports: `run_js("chat/shared/sequence.js", "({Sequence}) => …", argument)`."""

    def run(module: str, function: str, argument: Any = None) -> Any:
        return module_page.evaluate(
            f"async (argument) => ({function})(await import('/static/{module}'), argument)", argument
        )

    return run
