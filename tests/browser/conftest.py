"""Real Chromium for the front end's tests.

Playwright's synchronous interface keeps an event loop running in this thread, in which Django's ORM refuses to work and
asynchronous tests can't start. So a browser lives for one folder of tests, and nothing there touches the ORM: what a
test needs from the product it gets from a running server.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    WebError,
    expect,
    sync_playwright,
)

from helpdesk.launch.testing import find_browser
from tests.browser.people import SHOP, Shopper, sign_in
from tests.browser.site import Site
from tests.browser.visiting import DESK, Visitor
from tests.embedded import databases_of_its_own
from tests.support.demo import running_demo

# Of what no page of ours sees, the browser's own: a menu below its address bar, which is a page of 150 scripts and is
# loaded with every window (as much work as most tests), and a process kept ready for whatever is opened next.
SWITCHED_OFF: Final = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "SpareRendererForSitePerProcess")
# All the options there are: Playwright's own switch off storage partitioning, without which a frame of another site
# has no storage at all, and the widget would be tested in a browser that nobody has.
BROWSER_OPTIONS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-startup-window",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-popup-blocking",
    "--password-store=basic",
    "--use-mock-keychain",
    "--hide-scrollbars",
    "--mute-audio",
    "--force-color-profile=srgb",
    f"--disable-features={','.join(SWITCHED_OFF)}",
)
FORGET: Final = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    const forget = ({name}) => new Promise((done) => { indexedDB.deleteDatabase(name).onsuccess = done; });
    await Promise.all((await indexedDB.databases()).map(forget));
}"""
LOCAL_HOSTS: Final = ("127.0.0.1", "localhost")

# How long a page is looked at until it is as expected: other tests keep the machine busy meanwhile.
expect.set_options(timeout=30_000)


class Watch:
    """What a page must not do: log an error, break its content security policy, or leave this machine."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.expected: tuple[str, ...] = ()

    def over(self, context: BrowserContext) -> None:
        for event, heard in self._heard().items():
            context.on(event, heard)  # type: ignore[call-overload]

    def leave(self, context: BrowserContext) -> None:
        for event, heard in self._heard().items():
            context.remove_listener(event, heard)

    def _heard(self) -> dict[str, Callable[..., None]]:
        return {"console": self._console, "weberror": self._error, "request": self._request}

    def expect(self, *parts: str) -> None:
        """Let console messages with one of these parts pass, for tests that cause a fault on purpose."""
        self.expected += parts

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    def _error(self, error: WebError) -> None:
        self.faults.append(f"uncaught: {error.error}")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url).hostname or ""
        if request.url.startswith(("http", "ws")) and not host.endswith(LOCAL_HOSTS):
            self.faults.append(f"left the host: {request.url}")

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self.faults if not any(part in fault for part in self.expected)]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture(scope="package")
def demo() -> Iterator[dict[str, Any]]:
    """The whole product, running on this run's PostgreSQL; what it says of itself: addresses, and how to sign in."""
    with databases_of_its_own() as databases, running_demo(**databases) as demo:
        yield demo.facts


def browser_path() -> str:
    """The browser of this run; a machine without one fails rather than skips."""
    found = find_browser()
    assert found, "No Chromium found; run `python3 manage.py test`, which installs one."
    return found


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile = tmp_path_factory.mktemp("profile")
    options = [*BROWSER_OPTIONS, f"--user-data-dir={profile}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=options, ignore_default_args=True)
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


@pytest.fixture(scope="package")
def shared_page(browser: Browser) -> Iterator[Page]:
    """A page for modules: to open one takes as long as most of what they are asked."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture
def module_page(shared_page: Page, site: Site, watch: Watch) -> Iterator[Page]:
    """A blank page that keeps nothing of what was before it, from which modules can be imported."""
    shared_page.goto(site.address("/blank"))
    shared_page.evaluate(FORGET)
    watch.over(shared_page.context)
    yield shared_page
    watch.leave(shared_page.context)


@pytest.fixture
def run_js(module_page: Page) -> Callable[..., Any]:
    """Run a function of a module's exports: `run_js("chat/shared/thread.js", "({Sequence}) => …", argument)`."""

    def run(module: str, function: str, argument: Any = None) -> Any:
        return module_page.evaluate(
            f"async (argument) => ({function})(await import('/static/{module}'), argument)", argument
        )

    return run


@pytest.fixture(scope="package")
def shared_context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile for pages of the played site: what one has loaded and compiled is there for the next."""
    context = browser.new_context(viewport=DESK)
    yield context
    context.close()


@pytest.fixture
def open_page(shared_context: BrowserContext, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open a page, watched, in the profile that tests share: `open_page(viewport=…, color_scheme=…)`.

    It is for pages that keep nothing, or keep it on a host of their own.
    """
    watch.over(shared_context)

    def open_one(*, viewport: Any = None, color_scheme: Any = None) -> Page:
        page = shared_context.new_page()
        if viewport:
            page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=color_scheme)
        return page

    yield open_one
    for page in shared_context.pages:
        page.close()
    watch.leave(shared_context)


@pytest.fixture
def visit(site: Site, open_page: Callable[..., Page]) -> Callable[..., Visitor]:
    """Open the customer's page, and the chat in it unless told otherwise."""

    def open_visitor(*, opened: bool = True, page: Page | None = None, **options: Any) -> Visitor:
        visitor = Visitor(page or open_page(), site, **options)
        return visitor.open() if opened else visitor

    return open_visitor


@pytest.fixture(scope="package")
def desk(demo: dict[str, Any], browser: Browser) -> Iterator[BrowserContext]:
    """Ada's own profile, in which she is signed in."""
    context = sign_in(browser, demo, "Ada")
    yield context
    context.close()


@pytest.fixture
def workspace(demo: dict[str, Any], desk: BrowserContext, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Open Ada's inbox in a tab of hers, or in another profile in which she is signed in as well."""
    watch.over(desk)

    def open_inbox(page: Page | None = None) -> Page:
        page = page or desk.new_page()
        page.goto(f"{demo['site_url']}/o/acme/inbox/?queue=open")
        expect(page.locator("#rows")).to_be_visible()
        return page

    yield open_inbox
    for page in desk.pages:
        page.evaluate(FORGET)
        page.close()
    watch.leave(desk)


@pytest.fixture
def shopper(demo: dict[str, Any], open_context: Callable[..., BrowserContext]) -> Shopper:
    """Somebody new at the shop, in a profile of their own: what one writes down while it closes, another would find."""
    return Shopper(open_context(viewport=SHOP).new_page(), demo["shop_url"])
