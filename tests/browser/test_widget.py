"""The widget in a customer's page, with the chat server played by the test."""

import json

from playwright.sync_api import expect

from tests.browser.keys import await_keys
from tests.browser.played import CONVERSATION
from tests.browser.visiting import PHONE, bubbles, faults, write


def hide_the_number(text):
    masked = text.replace("536-22-8726", "[ssn]")
    start = masked.find("[ssn")
    return masked, ([{"entity": "SSN", "start": start, "end": start + 5}] if start >= 0 else [])


def test_the_safety_notice_stands_there_before_anything_is_written(visit):
    visitor = visit()

    expect(visitor.chat.get_by_role("note")).to_contain_text("type card numbers, passwords or ID numbers here.")
    visitor.chat.get_by_role("note").get_by_role("button", name="How we keep this private").click()
    expect(visitor.chat.get_by_role("heading", name="How we keep this private")).to_be_visible()
    visitor.chat.get_by_role("button", name="Back to the chat").press("Escape")
    expect(visitor.chat.get_by_role("heading", name="How we keep this private")).to_be_hidden()
    expect(visitor.chat.get_by_label("Your message")).to_be_visible()


def test_a_card_number_in_the_draft_is_announced_removed_by_one_tap_and_never_leaves(visit):
    visitor = visit()
    box, warning = visitor.chat.get_by_label("Your message"), visitor.chat.locator("[data-forewarning]")

    box.fill("call 555 1234")
    expect(warning).to_be_hidden()
    box.fill("it is 4111 1111 1111 1111")
    expect(visitor.chat.get_by_text("This looks like a card number. We hide it before it is stored.")).to_be_visible()
    box.fill("never mind")
    expect(warning).to_be_hidden()

    box.fill("my card is 4111 1111 1111 1111, thanks")
    expect(warning).to_contain_text("This looks like a card number.")
    warning.get_by_role("button", name="Remove it").click()
    expect(box).to_have_value("my card is , thanks")
    expect(box).to_be_focused()
    expect(warning).to_be_hidden()
    assert "4111" not in str(visitor.server.heard)
    assert visitor.server.of_type("message.post") == []


def test_nothing_of_the_visitor_leaves_before_they_open_the_chat(visit):
    visitor = visit(opened=False)
    visitor.chat.locator("[data-chat]").wait_for(state="attached")
    visitor.page.wait_for_timeout(100)

    assert visitor.tickets == []
    assert visitor.server.heard == []


def test_a_message_starts_a_conversation_and_is_marked_sent_and_the_page_around_can_read_nothing_of_it(visit):
    visitor = visit()

    write(visitor, "Is it shipped?")

    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    start, post = visitor.server.of_type("conversation.start"), visitor.server.of_type("message.post")
    assert [frame["client_id"] for frame in start] == [frame["client_id"] for frame in post]
    assert (post[0]["conversation"], post[0]["kind"]) == (CONVERSATION, "public")
    # The ticket is in the first frame, and in no address.
    assert visitor.server.heard[0] == {"v": 1, "type": "session.open", "ticket": "ticket-1", "conversations": []}
    assert "ticket" not in visitor.server.socket.url
    seen = visitor.page.evaluate("""() => [
        document.querySelector("hushdesk-chat").shadowRoot,
        window.frames.length,
        document.documentElement.outerHTML.includes("Is it shipped?"),
    ]""")
    assert seen == [None, 0, False]


def test_a_number_is_replaced_by_what_was_kept_with_one_sentence_why_and_is_nowhere_in_the_browser(visit):
    visitor = visit()
    visitor.server.mask = hide_the_number

    write(visitor, "🙂 my SSN is 536-22-8726, ok?")

    expect(visitor.chat.locator(".masked")).to_contain_text("ssn")
    expect(bubbles(visitor)).to_have_text("🙂 my SSN is hidden on purpose: ssn, ok?")
    expect(visitor.chat.locator(".message__why")).to_have_text("We hid a social security number before it was stored.")
    assert "536-22" not in visitor.chat.locator("body").inner_text()
    assert "8726" not in visitor.chat.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_a_card_number_is_not_sent_and_a_secure_form_is_offered_for_it(visit, watch):
    watch.expect("Failed to load resource")
    visitor = visit()

    write(visitor, "it is 4111 1111 1111 1111")
    expect(visitor.chat.get_by_text("This looks like a card number, so it was not sent.")).to_be_visible()
    expect(visitor.chat.get_by_label("Your message")).to_have_value("it is 4111 1111 1111 1111")
    visitor.chat.get_by_role("button", name="Send it by a secure form").click()
    expect(visitor.chat.get_by_text("Nobody can take it safely just now.")).to_be_visible()
    visitor.chat.get_by_role("button", name="Remove it").click()
    write(visitor, "never mind")
    expect(bubbles(visitor)).to_have_text("never mind")

    assert [posted["text"] for posted in visitor.server.of_type("message.post")] == ["never mind"]


def test_the_agent_s_answer_carries_their_name_and_typing_shows_before_it(visit):
    visitor = visit()
    write(visitor, "hello")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")

    visitor.server.say(
        {"type": "typing.changed", "conversation": CONVERSATION, "author": {"kind": "agent", "name": "Ada"}, "on": True}
    )
    expect(visitor.chat.locator(".typing")).to_have_class("typing is-on")
    expect(visitor.chat.locator(".typing")).to_contain_text("Ada is writing")
    visitor.server.post("Hello Vera.", by="agent")

    expect(bubbles(visitor).last).to_have_text("Hello Vera.")
    expect(visitor.chat.get_by_text("You are talking with Ada")).to_be_visible()
    expect(visitor.chat.locator(".typing")).not_to_have_class("typing is-on")


def test_shift_enter_starts_a_line_enter_sends_and_escape_closes_the_chat_and_gives_the_focus_back(visit):
    visitor = visit()
    box = visitor.chat.get_by_label("Your message")

    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.press("Enter")

    expect(bubbles(visitor)).to_have_text("one\ntwo")
    visitor.page.keyboard.press("Escape")
    expect(visitor.page.locator("hushdesk-chat")).to_be_focused()
    await_keys(visitor.page.locator("body"))
    visitor.page.keyboard.press("Enter")
    expect(visitor.chat.get_by_label("Your message")).to_be_focused()


def test_a_frame_that_the_page_makes_itself_answers_no_guess_of_the_nonce(visit, site):
    visitor = visit(opened=False)
    heard = visitor.page.evaluate(
        """async (address) => {
            const frame = document.body.appendChild(document.createElement("iframe"));
            const loaded = new Promise((resume) => { frame.onload = resume; });
            frame.src = address;
            await loaded;
            const heard = [];
            const ask = (nonce) => {
                const {port1, port2} = new MessageChannel();
                port1.onmessage = (event) => heard.push(event.data.type);
                frame.contentWindow.postMessage({hushdesk: "connect", nonce}, "*", [port2]);
            };
            ask("guess");
            ask("");
            await new Promise((resume) => setTimeout(resume, 200));
            let inside;
            try { inside = frame.contentDocument; } catch (error) { inside = error.name; }
            return [heard, inside];
        }""",
        site.address("/w/key/"),
    )

    assert heard == [[], None]


def test_calls_made_before_the_loader_came_are_carried_out(visit):
    stub = "window.Hushdesk = function () { (Hushdesk.q = Hushdesk.q || []).push(arguments); }; Hushdesk('show');"

    visitor = visit(opened=False, before=stub)

    expect(visitor.chat.get_by_label("Your message")).to_be_visible()


def test_shutdown_leaves_nothing_in_the_page_or_in_the_browser(visit):
    visitor = visit()
    visitor.server.keep_silent()
    write(visitor, "never mind")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sending…")
    frame = visitor.chat

    visitor.page.evaluate("Hushdesk('shutdown')")
    visitor.page.wait_for_timeout(200)
    left = frame.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")

    assert json.loads(left) == [{}, {}]
    expect(visitor.page.locator("hushdesk-chat")).to_have_count(0)


def test_on_a_phone_the_chat_fills_the_screen_and_the_page_behind_stays_put(visit, open_context):
    visitor = visit(page=open_context(viewport=PHONE, is_mobile=True, has_touch=True).new_page())

    size = visitor.chat.evaluate("[innerWidth, innerHeight]")

    assert size == [PHONE["width"], PHONE["height"]]
    assert visitor.page.evaluate("document.documentElement.style.overflow") == "hidden"
    small = visitor.chat.evaluate("""() => [...document.querySelectorAll("button, textarea")]
        .filter((element) => element.checkVisibility())
        .map((element) => [element.className, element.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)""")
    assert small == []


def test_the_chat_has_no_accessibility_fault(visit):
    visitor = visit()
    visitor.server.mask = hide_the_number
    write(visitor, "SSN 536-22-8726")
    expect(visitor.chat.locator(".masked")).to_be_visible()
    visitor.server.post("Thank you.", by="agent")
    visitor.server.refuse("bad_frame")
    write(visitor, "again")
    visitor.chat.get_by_role("button", name="Try again").wait_for()

    for scheme in ("light", "dark"):
        assert faults(visitor.chat, scheme) == [], scheme
