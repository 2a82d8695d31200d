"""A customer's page with the chat in it, and what a visitor does there."""

from playwright.sync_api import expect

from tests.browser.keys import await_keys
from tests.browser.played import PlayedServer

DESK = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


class Visitor:
    """A customer's page with the chat in it, and the server that answers it."""

    def __init__(self, page, site, conversation, before, notice=None):
        self.page = page
        page.add_init_script(before)
        self.tickets = []
        self.conversation, self.notice = conversation, notice
        page.route("**/w/key/session", self._session)
        page.route("**/w/key/forget", lambda route: route.fulfill(json={}))
        self.server = PlayedServer(page, "/ws/visitor/")
        page.goto(site.address("/shop", "shop"))

    def _session(self, route):
        self.tickets.append(route.request)
        answer = {"ticket": f"ticket-{len(self.tickets)}", "session": "token", "conversation": self.conversation}
        route.fulfill(json={**answer, "notice": self.notice, "greeting": "", "organisation": "Acme Outdoor"})

    @property
    def chat(self):
        """The frame; the closed shadow root hides its element from selectors."""
        for _ in range(250):
            for frame in self.page.frames:
                if "/w/key/" in frame.url:
                    return frame
            self.page.wait_for_timeout(20)
        raise AssertionError("the frame never came")

    def open(self):
        self.page.evaluate("Hushdesk('show')")
        box = self.chat.get_by_label("Your message")
        expect(box).to_be_focused()
        await_keys(box)
        return self


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
