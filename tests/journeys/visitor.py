"""A visitor in a real browser, on a customer's page."""

from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.keys import await_keys


def agree(chat: Frame | Page) -> None:
    """Agree to the notice where that is asked: it has come once the chat says whether anybody is there."""
    expect(chat.locator("[data-part=agent]")).not_to_be_empty()
    button = chat.get_by_role("button", name="I agree")
    if button.is_visible():
        button.click()


class Visitor:
    """Someone on the customer's page, with the chat open."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.has_agreed = False
        page.goto(address)
        self.open()

    def open(self) -> None:
        self.page.wait_for_function("typeof Hushdesk === 'function'")
        self.page.evaluate("Hushdesk('show')")
        for _ in range(1_200):
            if self.frames:
                break
            self.page.wait_for_timeout(25)
        if not self.has_agreed:
            agree(self.chat)
            self.has_agreed = True
        # It takes the focus once its scripts run; what is entered before that is not sent.
        expect(self.box).to_be_focused()
        await_keys(self.box)

    @property
    def frames(self) -> list[Frame]:
        """The chat's frame. It hangs in a closed shadow root, where the page's own scripts find nothing either."""
        return [frame for frame in self.page.frames if "/w/" in frame.url]

    @property
    def chat(self) -> Frame:
        return self.frames[0]

    @property
    def box(self) -> Locator:
        return self.chat.get_by_label("Your message")

    @property
    def bubbles(self) -> Locator:
        return self.chat.locator(".message__body")

    @property
    def state(self) -> Locator:
        """What stands below the visitor's last message."""
        return self.chat.locator(".message__state").last

    def write(self, text: str) -> None:
        self.box.fill(text)
        self.box.press("Enter")
