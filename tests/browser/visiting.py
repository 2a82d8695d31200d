"""A customer's page with the chat in it, and what a visitor does there."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.keys import await_keys
from tests.browser.played import PlayedServer, put_widget

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


class Visitor:
    """A customer's page with the chat in it, and the server that answers it."""

    def __init__(self, page, site, conversation=None, before="", notice=None, questions=()):
        self.page = page
        page.add_init_script(before)
        self.tickets = []
        self.conversation, self.notice = conversation, notice
        site.answer("/w/key/session", self._session)
        site.answer("/w/key/forget", self._forget)
        self.server = PlayedServer(page, "/ws/visitor/")
        page.goto(put_widget(site, questions))

    def _session(self, asked):
        self.tickets.append(asked)
        answer = {"ticket": f"ticket-{len(self.tickets)}", "session": "token", "conversation": self.conversation}
        return 200, {**answer, "notice": self.notice, "greeting": "", "organisation": "Acme Outdoor"}

    def _forget(self, asked):
        return 200, {}

    @property
    def chat(self):
        """The frame; the closed shadow root hides its element from selectors."""
        for _ in range(250):
            for frame in self.page.frames:
                if "/w/key/" in frame.url:
                    return frame
            self.page.wait_for_timeout(20)
        raise AssertionError("the frame never came")

    def until(self, condition):
        """Let the page go on until it holds; its policy allows no evaluated condition."""
        for _ in range(500):
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("it never came to hold")

    def open(self):
        self.page.evaluate("Hushdesk('show')")
        box = self.chat.get_by_label("Your message")
        expect(box).to_be_focused()
        await_keys(box)
        return self


SETTLED = """async (scheme) => {
    const moves = () => document.getAnimations().some(({playState}) => playState === "running");
    while (!matchMedia(`(prefers-color-scheme: ${scheme})`).matches || moves()) {
        await new Promise(requestAnimationFrame);
    }
}"""


def faults(frame, scheme="light"):
    """What the accessibility checker finds in a page or a frame, in the light or the dark scheme.

    It looks once nothing moves any more: colours half-way between two states fail for their contrast.
    """
    page = frame if isinstance(frame, Page) else frame.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    frame.evaluate(SETTLED, scheme)
    return Axe().run(frame).response["violations"]


def write(visitor, text):
    box = visitor.chat.get_by_label("Your message")
    box.fill(text)
    box.press("Enter")


def bubbles(visitor):
    return visitor.chat.locator(".message__body")


def until_told(visitor, count):
    """The page's policy allows no evaluated condition, as a polling one would be."""
    for _ in range(250):
        if visitor.page.evaluate("told.length") >= count:
            return
        visitor.page.wait_for_timeout(20)
