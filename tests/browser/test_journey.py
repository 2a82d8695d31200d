"""A visitor and an agent, in two browser windows, on the whole product."""

import re
from typing import Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from helpdesk.launch.demo_facts import code_now
from tests.browser.keys import await_keys
from tests.browser.played import PAGE_NONCE, render

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
SSN = "536-22-8726"


@pytest.fixture(scope="module")
def ada_signed_in(demo, browser):
    """Ada's cookies, after she signed in with password and code."""
    ada = next(person for person in demo["people"] if person["name"] == "Ada")
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo['site_url']}/sign-in/")
    page.get_by_label("Work e-mail").fill(ada["email"])
    page.get_by_label("Password").fill(ada["password"])
    page.get_by_role("button", name="Sign in").click()
    page.locator("input[autocomplete=one-time-code]").fill(code_now(ada["totp_secret"]))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/inbox/**")
    yield context.storage_state()
    context.close()


@pytest.fixture
def workspace(demo, open_context, ada_signed_in):
    """Open Ada's inbox in a window of its own."""

    def open_inbox(queue="open", **options) -> Page:
        page = open_context(storage_state=ada_signed_in, **{"viewport": DESK, **options}).new_page()
        page.goto(f"{demo['site_url']}/o/acme/inbox/?queue={queue}")
        expect(page.locator("#rows")).to_be_visible()
        return page

    return open_inbox


# What the server has, however far it has come on the other side.
KEPT: Final = re.compile("^(Sent|Delivered|Seen)$")


class Shopper:
    """A visitor on the customer's page with the chat open."""

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
    def bubbles(self):
        return self.chat.locator(".message__body")


@pytest.fixture
def shopper(demo, open_context):
    return Shopper(open_context(viewport={"width": 460, "height": 780}).new_page(), demo["shop_url"])


def open_conversation(page: Page, text: str) -> None:
    page.locator(".row__link", has_text=text).click()
    expect(page.locator(".conversation .message__body", has_text=text)).to_be_visible()


def answer(page: Page, text: str) -> None:
    box = page.locator(".composer textarea")
    box.fill(text)
    box.press("Enter")


def test_a_question_reaches_the_inbox_live_and_the_answer_comes_back(workspace, shopper):
    ada = workspace()

    shopper.write("Is the Tarn 2 waterproof?")
    open_conversation(ada, "Is the Tarn 2 waterproof?")
    expect(ada.locator(".head__clock")).to_contain_text(re.compile(r"0:\d\d"))
    answer(ada, "It is, to three metres.")
    expect(ada.locator(".head__clock")).to_be_hidden()

    expect(shopper.bubbles).to_have_text(["Is the Tarn 2 waterproof?", "It is, to three metres."])
    expect(shopper.chat.get_by_text("You are talking with Ada")).to_be_visible()
    expect(ada.locator(".message__state").last).to_have_text("Seen")
    expect(shopper.chat.locator(".message--visitor .message__state")).to_have_text("Seen")


def test_a_number_is_hidden_on_both_sides_and_after_a_reload(workspace, shopper):
    ada = workspace()

    shopper.write(f"Blanket, my SSN is {SSN} 🙂 thanks")
    open_conversation(ada, "Blanket, my SSN is")

    for side in (shopper.chat, ada):
        expect(side.locator(".message .masked")).to_contain_text("ssn")
        expect(side.locator(".message__body").last).to_contain_text("🙂 thanks")
    expect(shopper.chat.locator(".message__why")).to_have_text("We hid a social security number before it was stored.")
    ada.reload()
    expect(ada.locator(".message .masked")).to_contain_text("ssn")
    assert SSN not in ada.content()


def test_a_note_is_for_the_team_alone(workspace, shopper):
    ada = workspace()
    shopper.write("Kettle question")
    open_conversation(ada, "Kettle question")

    ada.locator(".kind--note").click()
    expect(ada.locator(".composer")).to_have_class(re.compile("is-note"))
    answer(ada, "She bought two last year.")
    expect(ada.locator(".message--note .message__body")).to_have_text("She bought two last year.")
    ada.locator(".kind", has_text="Reply").click()
    answer(ada, "Ask away!")

    expect(shopper.bubbles).to_have_text(["Kettle question", "Ask away!"])


def test_a_reload_and_a_lost_connection_lose_and_double_nothing(workspace, shopper):
    ada = workspace()
    shopper.write("Rope one")
    open_conversation(ada, "Rope one")

    shopper.page.reload()
    answer(ada, "rope two")
    shopper.open()
    expect(shopper.bubbles).to_have_text(["Rope one", "rope two"])
    shopper.page.context.set_offline(True)
    shopper.chat.get_by_label("Your message").fill("rope three")
    shopper.chat.get_by_label("Your message").press("Enter")
    expect(shopper.chat.locator(".message__state").last).to_have_text("Waiting for the connection…")
    answer(ada, "rope four")
    expect(ada.locator(".message__state").last).to_have_text(KEPT)
    shopper.page.context.set_offline(False)

    expect(shopper.bubbles).to_have_text(["Rope one", "rope two", "rope four", "rope three"], timeout=15_000)
    expect(ada.locator(".conversation .message__body")).to_have_text(
        ["Rope one", "rope two", "rope four", "rope three"]
    )


@pytest.fixture(autouse=True)
def _faults_that_are_meant(watch):
    """Being offline, and asking for a row that has just left the queue."""
    watch.expect("net::ERR_INTERNET_DISCONNECTED", "/inbox/rows/")


def test_resolving_is_one_key_tells_the_visitor_and_can_be_taken_back(workspace, shopper):
    ada = workspace()
    shopper.write("Lantern is fine now")
    open_conversation(ada, "Lantern is fine now")

    ada.locator("#conversation-name").focus()
    ada.keyboard.press("a")
    expect(ada.locator(".head__verbs")).to_contain_text("You")
    ada.keyboard.press("e")
    expect(shopper.chat.get_by_text("This conversation is resolved.")).to_be_visible()
    expect(ada.locator("#rows")).not_to_contain_text("Lantern is fine now")
    ada.get_by_role("button", name="Undo").click()

    expect(shopper.chat.get_by_label("Your message")).to_be_visible()
    expect(ada.locator("#rows")).to_contain_text("Lantern is fine now")


def test_after_a_resolved_conversation_the_visitor_starts_a_new_one(workspace, shopper):
    ada = workspace()
    shopper.write("Compass bought")
    open_conversation(ada, "Compass bought")
    ada.locator("form[data-verb=resolve] button").click()

    shopper.chat.get_by_role("button", name="Start a new conversation").click()
    shopper.write("Compass broken")

    expect(shopper.bubbles).to_have_text(["Compass broken"])
    expect(ada.locator("#rows")).to_contain_text("Compass broken")


def test_a_blocked_visitor_can_write_no_more(workspace, shopper):
    ada = workspace()
    shopper.write("Buy my pills")
    open_conversation(ada, "Buy my pills")

    ada.get_by_label("More").click()
    ada.get_by_role("button", name="Block this visitor").click()
    expect(ada.locator("#conversation-header")).to_have_attribute("data-blocked", "true")
    shopper.chat.get_by_label("Your message").fill("more pills")
    shopper.chat.get_by_label("Your message").press("Enter")

    expect(shopper.chat.get_by_text("send messages in this conversation.")).to_be_visible()


def test_an_open_conversation_goes_on_out_of_sight_and_is_there_again_with_its_draft(workspace, shopper):
    ada = workspace()
    shopper.write("Stove draft test")
    open_conversation(ada, "Stove draft test")
    ada.locator(".composer textarea").fill("half a tho")
    row = ada.locator(".row[data-row]", has=ada.locator("[aria-current]"))
    row_id = row.get_attribute("id")

    ada.locator(".row__link:not([aria-current])").first.click()
    expect(ada.locator(".composer textarea")).to_have_value("")
    shopper.write("Stove again")
    expect(ada.locator(f"#{row_id} .row__line")).to_have_text("Stove again")
    expect(ada.locator(f"#{row_id} .row__unread")).to_have_text("1 unread")
    # Opened already, so nothing is asked for.
    ada.route("**/conversations/*/?queue=*", lambda route: route.abort())
    ada.locator(f"#{row_id} .row__link").click()

    expect(ada.locator(".conversation .message__body")).to_have_text(["Stove draft test", "Stove again"])
    expect(ada.locator(".composer textarea")).to_have_value("half a tho")
    expect(ada.locator(f"#{row_id} .row__unread")).to_be_hidden()


def test_where_sockets_are_blocked_the_workspace_goes_on_over_http(shopper, open_context, ada_signed_in, demo):
    page = open_context(storage_state=ada_signed_in, viewport=DESK).new_page()
    page.route_web_socket(re.compile("/ws/agent/"), lambda socket: socket.close(code=1006))
    page.goto(f"{demo['site_url']}/o/acme/inbox/?queue=open")

    shopper.write("Through the proxy?")
    open_conversation(page, "Through the proxy?")
    answer(page, "Through it.")
    expect(shopper.bubbles).to_have_text(["Through the proxy?", "Through it."])
    shopper.write("Good to know")

    expect(page.locator(".conversation .message__body").last).to_have_text("Good to know", timeout=10_000)


def test_the_keyboard_alone_is_enough(workspace, shopper):
    ada = workspace()
    shopper.write("Keys question")
    expect(ada.locator("#rows")).to_contain_text("Keys question")

    ada.keyboard.press("/")
    ada.keyboard.type("keys question")
    expect(ada.locator(".row:visible")).to_have_count(1)
    ada.keyboard.press("Tab")
    ada.keyboard.press("Enter")
    expect(ada.locator(".composer textarea")).to_be_focused()
    ada.keyboard.type("Answer by keys")
    ada.keyboard.press("Enter")
    expect(shopper.bubbles.last).to_have_text("Answer by keys")
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")
    expect(ada.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    ada.get_by_label("Use single-key shortcuts").uncheck()
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")

    expect(ada.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_earlier_messages_come_above_and_what_is_read_stays_where_it_is(workspace, shopper):
    ada = workspace()
    for line in ("Long story one", "Long story two", "Long story three"):
        shopper.write(line)

    def without_the_first(route: Route) -> None:
        """The page as if its conversation were too long to be shown whole."""
        address = urlsplit(route.request.url)
        # Only the browser knows where *.localhost is.
        here = address._replace(netloc=f"127.0.0.1:{address.port}").geturl()
        answer = route.fetch(url=here, headers={**route.request.headers, "host": address.netloc})
        page = answer.text()
        nonce = re.search(r'nonce="([^"]+)"', page)[1]
        button = render("chat/agent/_transcript.html", url=address.path, messages=[], earlier_than=2)
        button = button.replace(PAGE_NONCE, nonce)
        cut = re.sub(r"<li class=\"message .*?</li>", button, page, count=1, flags=re.DOTALL)
        route.fulfill(response=answer, body=cut)

    ada.route(re.compile(r"/conversations/[^/]+/\?"), without_the_first)
    open_conversation(ada, "Long story three")
    bodies = ada.locator(".conversation .message__body")
    expect(bodies).to_have_text(["Long story two", "Long story three"])
    ada.get_by_role("button", name="Show earlier messages").click()

    expect(bodies).to_have_text(["Long story one", "Long story two", "Long story three"])
    expect(ada.locator(".conversation .day")).to_have_count(1)
    expect(ada.get_by_role("region", name="Messages")).to_be_focused()


def test_typing_shows_on_the_other_side(workspace, shopper):
    ada = workspace()
    shopper.write("Typing test")
    open_conversation(ada, "Typing test")

    shopper.chat.get_by_label("Your message").press_sequentially("hm")
    expect(ada.locator(".conversation .typing")).to_have_class("typing is-on")
    ada.locator(".composer textarea").press_sequentially("oh")

    expect(shopper.chat.locator(".typing")).to_contain_text("Ada is writing")


def test_on_a_phone_one_column_at_a_time_and_a_way_back(workspace, shopper):
    ada = workspace(viewport=PHONE, is_mobile=True, has_touch=True)
    shopper.write("Phone test")

    ada.locator(".row__link", has_text="Phone test").click()
    expect(ada.locator(".conversation")).to_be_visible()
    expect(ada.locator(".inbox")).to_be_hidden()
    assert ada.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    ada.get_by_label("Back to the list").click()

    expect(ada.locator(".inbox")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_workspace_has_no_accessibility_fault(workspace, shopper, scheme):
    ada = workspace(color_scheme=scheme, bypass_csp=True)
    shopper.write(f"Axe {scheme}, my SSN is {SSN}")
    open_conversation(ada, f"Axe {scheme}")
    ada.locator(".kind--note").click()
    answer(ada, "a note")
    expect(ada.locator(".message--note")).to_be_visible()
    ada.get_by_label("More").click()
    ada.wait_for_timeout(300)

    assert Axe().run(ada).response["violations"] == []


def test_a_page_locks_while_nobody_is_there_and_the_password_gives_back_what_was_written(workspace, demo, watch):
    # A request that is under way when the clock jumps has waited too long.
    watch.expect("/sign-in/locked/", "htmx:error: timeout")
    ada = next(person for person in demo["people"] if person["name"] == "Ada")
    page = workspace(queue="open")
    page.clock.install()
    page.reload()
    page.locator("#rows .row__link").first.click()
    composer = page.locator("textarea").first
    composer.fill("I was just about to say")
    page.keyboard.press("End")
    lock, warning = page.get_by_role("dialog", name="Locked while you were away"), page.locator("[data-idle-warning]")

    page.clock.fast_forward("07:59:30")
    expect(warning).to_contain_text("locked in 0:")
    page.keyboard.press("Shift")
    expect(warning).to_be_hidden()
    expect(lock).to_be_hidden()
    page.clock.fast_forward("08:00:10")

    expect(lock).to_be_visible()
    expect(composer).to_be_hidden()
    page.keyboard.press("Escape")
    lock.get_by_label("Password").fill("not the password")
    lock.get_by_role("button", name="Unlock").click()
    expect(lock.get_by_role("alert")).to_have_text("This is not your password.")
    lock.get_by_label("Password").fill(ada["password"])
    lock.get_by_role("button", name="Unlock").click()
    expect(lock).to_be_hidden()
    expect(composer).to_have_value("I was just about to say")
