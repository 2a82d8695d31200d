"""A real Chromium: how long sealing takes, and what leaves the browser of somebody who types a card into the chat."""

import re
import statistics
from typing import Any, Final

from chat.actions.assignment import take_conversation
from chat.models import Conversation
from helpdesk.core import clock
from tenants.scoping import tenant_scope
from tests.browser.conftest import BROWSER_OPTIONS, browser_path
from tests.proofs.forms.people import make_agent, widget_key_of

KEYS: Final = ("digits_in_traffic", "seal_ms", "frames_captured", "seen_when_sent")
SEALS: Final = 200
CARD: Final = "4111 1111 1111 1111"
PATIENCE_MS: Final = 20_000
#: As many digits of the card in a row as no other number of ours has in common with it.
SOME: Final = 6
SEALED: Final = """async (times) => {
  const { newPair, pointOf, seal } = await import("/static/chat/forms/sealing.js");
  const facts = { tenant: "t", form: "card", request: "r", agent: "a", key: "k" };
  const point = await pointOf(await newPair());
  const took = [];
  for (let turn = 0; turn < times; turn += 1) {
    const began = performance.now();
    await seal({ number: "4111 1111 1111 1111", expiry: "04/29", name: "Vera Klein" }, facts, point);
    took.push(performance.now() - began);
  }
  return took;
}"""


def measure(stage: Any) -> dict[str, Any]:
    """Type a card into the chat, move it into a form by a tap, send it; every byte that leaves is looked at."""
    from playwright.sync_api import expect, sync_playwright

    agent = make_agent("browsers")
    # Beside a browser the database is out of this thread's reach.
    chat = f"/w/{widget_key_of(agent.member)}/"
    options = [*BROWSER_OPTIONS, f"--user-data-dir={stage.folder / 'profile'}"]
    with stage.served() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=options, ignore_default_args=True)
        try:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            traffic = Traffic(page)
            page.goto(f"{server.origin}{chat}")
            box = page.get_by_label("Your message")
            box.fill("I would like to pay")
            box.press("Enter")
            expect(page.locator(".message--visitor[data-sequence]")).to_have_count(1, timeout=PATIENCE_MS)
            in_thread(agent, stage)
            box.fill(f"It is {CARD}")
            box.press("Enter")
            page.get_by_role("button", name="Send it by a secure form").click()
            form = page.frame_locator("iframe")
            expect(form.get_by_label("Card number")).to_have_value(CARD, timeout=PATIENCE_MS)
            form.get_by_label("Expiry date").fill("04/39")
            form.get_by_label("Name on the card").fill("Vera Klein")
            form.get_by_role("button", name="Seal and send").click()
            expect(page.get_by_text("was sent, sealed")).to_be_visible(timeout=PATIENCE_MS)
            took = page.evaluate(SEALED, 20 if stage.is_short else SEALS)
        finally:
            browser.close()
    return {
        "digits_in_traffic": traffic.digits_of(CARD),
        "seal_ms": round(statistics.quantiles(took, n=20)[-1], 2),
        "frames_captured": len(traffic.sent),
        "seen_when_sent": traffic.count("I would like to pay") > 0,
    }


def holds(figures: dict[str, Any]) -> bool:
    """Whether what was said in the chat was seen to leave: a capture that is blind proves nothing."""
    return bool(figures["seen_when_sent"])


def in_thread(agent: Any, stage: Any) -> None:
    """The agent takes the chat, in a thread: beside a browser this one's database is out of reach."""
    import threading

    def work() -> None:
        from django.db import connections

        agent.ask()  # so that it is known in which browser they read
        with tenant_scope(agent.member.tenant):
            mine = Conversation.objects.exclude(last_message_at=None).filter(assignee=None).latest("created_at")
            take_conversation(conversation_id=mine.id, actor=agent.member, now=clock.now())
        connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


class Traffic:
    """All that a page sends: addresses, headers, bodies, frames of sockets."""

    def __init__(self, page: Any) -> None:
        self.sent: list[str] = []
        page.context.on("request", self._request)
        page.on("websocket", lambda opened: opened.on("framesent", lambda frame: self.sent.append(str(frame))))

    def _request(self, request: Any) -> None:
        body = request.post_data_buffer or b""
        self.sent.append(f"{request.url} {request.headers} {body.decode('utf-8', 'replace')}")

    def count(self, text: str) -> int:
        return sum(text in one for one in self.sent)

    def digits_of(self, card: str) -> int:
        """Return how many digits of a card are in what was sent: of each run of at least six in a row."""
        digits = re.sub(r"\D", "", card)
        pieces = {digits[at : at + SOME] for at in range(len(digits) - SOME + 1)}
        plain = [re.sub(r"(?<=\d)[ .\-+]|%20(?=\d)", "", one) for one in self.sent]
        return sum(SOME for one in plain for piece in pieces if piece in one)
