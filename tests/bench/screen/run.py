"""The runs of `bench screen` and the figures they must hold (docs/benchmarks.md says how they are taken)."""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from tests.support.progress import say

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.bench.chat.process import Served

CHAT: Final = "helpdesk.asgi:application"
CONVERSATIONS: Final = 50
RATE: Final = 20
MESSAGES: Final = 10_000
LOADS: Final = 12
LAST: Final = "That was all, thank you."

HOLDS: Final[dict[str, Callable[[float], bool]]] = {
    "screen_p95_ms": lambda ms: ms <= 50,
    "screen_unseen": lambda count: count == 0,
    "switch_p95_ms": lambda ms: ms <= 50,
    "agent_first_paint_ms": lambda ms: ms <= 300,
    "agent_opens_from_list_ms": lambda ms: ms <= 300,
    "visitor_first_paint_ms": lambda ms: ms <= 300,
}


def main(argv: Sequence[str]) -> int:
    """Run on servers of its own; the last line is the result."""
    from helpdesk.launch import prove

    options = parse(argv)
    if given := prove.foreign(os.environ):
        print(f"A bench starts its own servers: unset {', '.join(given)}.", file=sys.stderr)
        return 1
    from tests.bench.chat.process import OTHER_CORES

    # Whatever is started from here on stays off the server's core.
    os.sched_setaffinity(0, OTHER_CORES)
    with prove.scratch(careless=False):
        result = Bench(options.seconds).run()
    print(json.dumps(result), flush=True)
    return 0 if result["ok"] else 1


def parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py bench screen", description="How soon it is on the screen.")
    parser.add_argument("--json", action="store_true", help="the last line is JSON with and without it")
    parser.add_argument("--seconds", type=float, default=20.0, help="of messages (default: %(default)s)")
    return parser.parse_args(argv)


class Bench:
    """One organisation with fifty lively conversations, and one of ten thousand messages."""

    def __init__(self, seconds: float) -> None:
        import django

        django.setup()
        from tests.bench.chat import seed

        self.seconds, self.seed = seconds, seed
        [self.place] = seed.sow(1, CONVERSATIONS)
        self.slug, self.cookie = self.place.tenant.slug, self.place.cookies[0]
        self.long, self.token, self.key = long_conversation(self.place)
        say(f"{CONVERSATIONS} conversations, and one of {MESSAGES} messages")

    def run(self) -> dict[str, Any]:
        from tests.bench.chat.process import serving

        with serving(CHAT) as served, chromium() as browser:
            live = self.live(served, browser)
            result = {**live, **self.first_paints(served, browser)}
        missed = [name for name, holds in HOLDS.items() if not holds(result[name])]
        return {"ok": not missed, **result, "missed": missed}

    def live(self, served: "Served", browser: "Browser") -> dict[str, float]:
        """An agent who has fifty conversations open, at twenty messages a second."""
        from tests.bench.screen.pages import WATCH, context_of, open_all

        host = f"app.localhost:{served.port}"
        page = context_of(browser, host, self.cookie, WATCH).new_page()
        open_all(page, f"http://{host}/o/{self.slug}/inbox/?queue=open", self.place.conversations)
        visitors = self.seed.visitors([self.place], CONVERSATIONS)
        task = {"port": served.port, "kind": "chat", "mode": "rate", "rate": RATE, "agents": [], "visitors": visitors}
        with loading({**task, "warm_s": 2.0, "run_s": self.seconds}) as hear:
            hear()
            page.evaluate("latencies.length = 0")
            server_s, worked_s = served.cpu_s(), working(page)
            before_s, began = worked_s(), time.monotonic()
            page.wait_for_timeout(self.seconds * 1000 / 2)
            switches = page.evaluate(SWITCH, self.place.conversations[:20])
            hear()
            latencies = page.evaluate("latencies")
            server_s, browser_s = served.cpu_s() - server_s, worked_s() - before_s
            took_s = time.monotonic() - began
        page.context.close()
        expected = self.seconds * RATE
        say(f"{len(latencies)} of {expected:.0f} messages seen, p50 {percentile(latencies, 50):.0f} ms")
        return {
            "screen_p50_ms": round(percentile(latencies, 50), 1),
            "screen_p95_ms": round(percentile(latencies, 95), 1),
            "screen_seen": len(latencies),
            # What is under way when the stretch ends is not missing.
            "screen_unseen": max(0, int(expected - len(latencies) - RATE)),
            "switch_p95_ms": round(percentile(switches, 95), 1),
            "conversations_open": CONVERSATIONS,
            # Of a core: what says where time goes when others use the machine too.
            "page_busy": round(browser_s / took_s, 3),
            "server_busy": round(server_s / took_s, 3),
        }

    def first_paints(self, served: "Served", browser: "Browser") -> dict[str, float]:
        """Medians of several loads, of which the first fills the browser's cache and does not count."""
        from tests.bench.screen.pages import FIRST_PAINT, context_of

        host = f"app.localhost:{served.port}"
        agent = context_of(browser, host, self.cookie, FIRST_PAINT).new_page()
        address = f"http://{host}/o/{self.slug}/conversations/{self.long}/?queue=open"
        agent_ms = loads(agent, address)
        say(f"an agent's page {statistics.median(agent_ms[1:]):.0f} ms")
        opened_ms = []
        for _ in range(LOADS):
            agent.goto(f"http://{host}/o/{self.slug}/inbox/?queue=open")
            agent.wait_for_selector(".row__link[data-htmx-powered]")
            link = f"document.querySelector('#row-{self.long} .row__link')"
            opened_ms.append(agent.evaluate(f"text => paintAfterClick({link}, text)", LAST))
        token = f"sessionStorage.setItem('hushdesk.session', '{self.token}');"
        visitor = context_of(browser, host, "", FIRST_PAINT + token).new_page()
        visitor_ms = loads(visitor, f"http://{host}/w/{self.key}/")
        result = {
            "agent_first_paint_ms": round(statistics.median(agent_ms[1:]), 1),
            "agent_opens_from_list_ms": round(statistics.median(opened_ms[1:]), 1),
            "visitor_first_paint_ms": round(statistics.median(visitor_ms[1:]), 1),
            "visitor_cold_ms": round(visitor_ms[0], 1),
            "messages": MESSAGES,
        }
        say(json.dumps(result))
        return result


SWITCH: Final = """async (conversations) => {
    const took = [];
    for (const id of conversations) {
        const began = performance.timeOrigin + performance.now();
        document.querySelector(`#row-${id} .row__link`).click();
        while (document.querySelector("[data-conversation]")?.dataset.conversation !== id) await painted();
        took.push((await painted()) - began);
        await new Promise((resume) => setTimeout(resume, 50));
    }
    return took;
}"""


def working(page: "Page") -> Callable[[], float]:
    """Return what tells the seconds of a core that the page's main thread has used from here on."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def worked_s() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    return worked_s


def loads(page: "Page", address: str) -> list[float]:
    took = []
    for _ in range(LOADS):
        page.goto(address, wait_until="commit")
        took.append(page.evaluate("text => firstPaint(text)", LAST))
    return took


def long_conversation(place: Any) -> tuple[str, str, str]:
    """Store a conversation of ten thousand messages; return its id, its visitor's token and the widget's key."""
    from chat import authentication
    from chat.models import Inbox, ReadMark, ReadSide, VisitorSession
    from helpdesk.core import clock
    from tenants.scoping import tenant_scope
    from tests.bench.chat.load import TEXTS
    from tests.factories.stored import store_contact, store_conversation

    texts = [TEXTS[number % len(TEXTS)] for number in range(MESSAGES - 1)] + [LAST]
    agents = range(1, MESSAGES - 1, 2)
    at = clock.now() - timedelta(days=3)
    contact, token = store_contact(place.tenant, at=at), authentication.new_token()
    conversation = store_conversation(place.tenant, texts, at=at, contact=contact, agents=agents)
    with tenant_scope(place.tenant):
        hashed = authentication.token_hash(place.tenant.id, token)
        VisitorSession.objects.filter(contact=contact).update(token_hash=hashed)
        # All of it is read, or the line above what is new would be shown first.
        for side in ReadSide:
            place_of = {"conversation": conversation, "sequence": MESSAGES, "public_sequence": MESSAGES}
            ReadMark.objects.create(tenant=place.tenant, side=side, **place_of)
        return str(conversation.id), token, str(Inbox.objects.get().widget_key)


@contextlib.contextmanager
def loading(task: dict[str, Any]) -> Iterator[Callable[[], dict[str, Any]]]:
    """Start the visitors; gives what waits for the next thing they tell."""
    from tests.support.server import ROOT

    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.screen.load"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(task) + "\n")
    process.stdin.flush()
    try:
        yield lambda: dict(json.loads(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()


@contextlib.contextmanager
def chromium() -> Iterator["Browser"]:
    """The browser of the tests, with a profile of its own."""
    from playwright.sync_api import sync_playwright

    from helpdesk.launch.testing import find_browser
    from tests.browser.conftest import BROWSER_OPTIONS

    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        options = [*BROWSER_OPTIONS, f"--user-data-dir={profile}"]
        browser = playwright.chromium.launch(executable_path=find_browser(), args=options, ignore_default_args=True)
        yield browser
        browser.close()


def percentile(values: Sequence[float], percent: int) -> float:
    if not values:
        return float("inf")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]
