"""How long until the sign-in page can be used, in a real browser with an empty cache."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

from helpdesk.launch.testing import find_browser
from tests.proofs.gate.stage import Figures, Stage
from tests.support.server import Server

KEYS: Final = ("sign_in_interactive_s",)
# A browser for one page costs more than all else in the short form, and the browsers' own tests open that page.
IN_SUITE: Final = False
LONGEST_S: Final = 1.0
# From the navigation's start: scripts have run by then, and every field takes what is typed.
LOADED: Final = "() => performance.getEntriesByType('navigation')[0].domComplete"


def measure(stage: Stage) -> Figures:
    """Open it a few times, each as a browser that has never been here; the median counts."""
    with stage.served() as server, ThreadPoolExecutor(1) as pool:
        # Playwright keeps an event loop in its thread, in which Django refuses to work.
        times = pool.submit(_times, server, 3 if stage.is_short else 15).result()
    middle = sorted(times)[len(times) // 2]
    return {"sign_in_interactive_s": round(middle, 3), "sign_in_interactive_max_s": round(max(times), 3)}


def holds(figures: Figures) -> bool:
    return bool(figures["sign_in_interactive_s"] <= LONGEST_S)


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a browser in this thread."""
    from playwright.sync_api import sync_playwright

    found = find_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


def _times(server: Server, count: int) -> list[float]:
    with chromium() as browser:
        # The first page of a browser's life pays for the browser.
        _time(browser, server)
        return [_time(browser, server) for _ in range(count)]


def _time(browser: Any, server: Server) -> float:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.origin}/sign-in/", wait_until="load")
    took = float(page.evaluate(LOADED)) / 1000
    context.close()
    return took
