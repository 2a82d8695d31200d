"""The people of the whole product: Ada at her desk, and who comes to the shop."""

import re
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect

from helpdesk.launch.demo_facts import code_now
from tests.browser.keys import await_keys
from tests.support.demo import Facts

DESK: Final = {"width": 1440, "height": 900}
SHOP: Final = {"width": 460, "height": 780}
SSN: Final = "536-22-8726"
# What the server has, however far it has come on the other side.
KEPT: Final = re.compile("^(Sent|Delivered|Seen)$")


def sign_in(browser: Browser, demo: Facts, name: str) -> BrowserContext:
    """Sign someone in with password and code, in a profile of their own."""
    person = next(person for person in demo["people"] if person["name"] == name)
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{demo['site_url']}/sign-in/")
    page.get_by_label("Work e-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[autocomplete=one-time-code]").fill(code_now(person["totp_secret"]))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/inbox/**")
    page.close()
    return context


class Shopper:
    """A visitor on the customer's page with the chat open."""

    chat: Frame

    def __init__(self, page: Page, shop_url: str) -> None:
        self.page = page
        page.goto(shop_url)
        self.open(agrees=True)

    def open(self, *, agrees: bool = False) -> None:
        self.page.evaluate("Hushdesk('show')")
        for _ in range(200):
            if found := [frame for frame in self.page.frames if "/w/" in frame.url]:
                self.chat = found[0]
                break
            self.page.wait_for_timeout(25)
        if agrees:
            self.chat.locator("[data-part=agree]").click()
        box = self.chat.get_by_label("Your message")
        # Focused once the scripts have run; before, Enter only starts a line.
        expect(box).to_be_focused()
        await_keys(box)

    def write(self, text: str) -> None:
        box = self.chat.get_by_label("Your message")
        box.fill(text)
        box.press("Enter")
        expect(self.chat.locator(".message__body").last).to_contain_text(text[:8])
        expect(self.chat.locator(".message__state").last).to_have_text(KEPT)

    @property
    def bubbles(self) -> Locator:
        return self.chat.locator(".message__body")


def open_conversation(page: Page, text: str) -> None:
    page.locator(".row__link", has_text=text).click()
    expect(page.locator(".conversation .message__body", has_text=text)).to_be_visible()


def answer(page: Page, text: str) -> None:
    box = page.locator(".composer textarea")
    box.fill(text)
    box.press("Enter")


def type_until_seen(box: Locator, mark: Locator) -> None:
    """Type until the other side sees it: whoever has just come is not told of what began before, and the mark goes."""
    for _ in range(300):
        box.press_sequentially("m")
        box.page.wait_for_timeout(100)
        if mark.count():
            return
    raise AssertionError("nobody sees that somebody types")
