"""A visitor and an agent, in two browser windows, on the whole product: what passes between them."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from tests.browser.people import KEPT, SSN, answer, open_conversation, type_until_seen
from tests.browser.played import PAGE_NONCE, render


@pytest.fixture(autouse=True)
def _faults_that_are_meant(watch):
    """Being offline, and asking for a row that has just left the queue."""
    watch.expect("net::ERR_INTERNET_DISCONNECTED", "/inbox/rows/")


def test_a_question_is_answered_live_while_both_see_the_other_type_and_a_note_is_for_the_team_alone(workspace, shopper):
    ada = workspace()
    box, asked, told = ada.locator(".composer textarea"), "Is the Tarn 2 waterproof?", "It is, to three metres."

    shopper.write(asked)
    open_conversation(ada, asked)
    expect(ada.locator(".head__clock")).to_contain_text(re.compile(r"0:\d\d"))
    type_until_seen(shopper.chat.get_by_label("Your message"), ada.locator(".conversation .typing.is-on"))
    type_until_seen(box, shopper.chat.locator(".typing", has_text="Ada is writing"))
    answer(ada, told)
    expect(ada.locator(".head__clock")).to_be_hidden()

    expect(shopper.bubbles).to_have_text([asked, told])
    expect(shopper.chat.get_by_text("You are talking with Ada")).to_be_visible()
    expect(ada.locator(".message__state").last).to_have_text("Seen")
    expect(shopper.chat.locator(".message--visitor .message__state")).to_have_text("Seen")

    ada.locator(".kind--note").click()
    expect(ada.locator(".composer")).to_have_class(re.compile("is-note"))
    answer(ada, "She bought two last year.")
    expect(ada.locator(".message--note .message__body")).to_have_text("She bought two last year.")
    ada.locator(".kind", has_text="Reply").click()
    answer(ada, "Ask away!")
    expect(shopper.bubbles).to_have_text([asked, told, "Ask away!"])


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


def test_resolving_is_one_key_is_told_can_be_taken_back_and_is_followed_by_a_new_conversation(workspace, shopper):
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

    ada.locator("form[data-verb=resolve] button").click()
    shopper.chat.get_by_role("button", name="Start a new conversation").click()
    shopper.write("Lantern broken")
    expect(shopper.bubbles).to_have_text(["Lantern broken"])
    expect(ada.locator("#rows")).to_contain_text("Lantern broken")


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


def test_where_sockets_are_blocked_the_workspace_goes_on_over_http(workspace, shopper, desk):
    page = desk.new_page()
    page.route_web_socket(re.compile("/ws/agent/"), lambda socket: socket.close(code=1006))
    workspace(page)

    shopper.write("Through the proxy?")
    open_conversation(page, "Through the proxy?")
    answer(page, "Through it.")
    expect(shopper.bubbles).to_have_text(["Through the proxy?", "Through it."])
    shopper.write("Good to know")

    expect(page.locator(".conversation .message__body").last).to_have_text("Good to know", timeout=10_000)


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
