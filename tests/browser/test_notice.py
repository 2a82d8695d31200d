"""What the widget tells before the first message, and what it does with the answer."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.played import CONVERSATION
from tests.browser.visiting import DESK, PHONE, Visitor, faults, write

HASH = "ab" * 32
NOTICE = {
    "hash": HASH,
    "language": "en",
    "paragraphs": ["Before you write to Acme", "Read by <b>people</b> of Acme.", "If you agree, choose “I agree”."],
    "asks": True,
    "given": False,
    "agree": "I agree",
    "decline": "Not now",
    "instead": "Nothing was sent. You can reach Acme another way:",
    "ways": "Call +1 555 0100",
    "again": "Read the notice again",
}
AT = "2026-03-04T09:30:00Z"
CARD = {
    "type": "card.opened", "conversation": CONVERSATION, "status": "open",
    "masked": [{"entity": "CARD", "count": 2}, {"entity": "EMAIL", "count": 1}],
    "key": {"version": 1, "made_at": AT, "locked_by": "ab12cd34", "is_own": False},
    "kept": {"due_at": AT, "is_held": False}, "readers": [{"role": "agent", "times": 2}],
    "receipt": {"number": 3, "language": "en", "agreed": True, "gpc": False, "given_at": AT, "hash": HASH,
                "text": "Read by <b>people</b>."},
}  # fmt: skip
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})"


@pytest.fixture
def visit(site, open_page):
    """Open the customer's page and the chat in it, which has this notice to show."""

    def open_visitor(notice, *, before="", **options):
        visitor = Visitor(open_page(**options), site, before=before, notice=notice)
        visitor.page.evaluate("Hushdesk('show')")
        expect(visitor.chat.get_by_role("region", name="Privacy notice")).to_be_visible()
        return visitor

    return open_visitor


def test_who_is_asked_can_write_once_they_have_agreed(visit):
    visitor = visit(NOTICE, viewport=PHONE)
    told, box = visitor.chat.get_by_role("region", name="Privacy notice"), visitor.chat.get_by_label("Your message")

    expect(told).to_be_focused()
    expect(told.get_by_role("heading")).to_have_text("Before you write to Acme")
    expect(told).to_contain_text("Read by <b>people</b> of Acme.")
    expect(box).to_be_hidden()
    assert faults(visitor.chat) == []
    visitor.page.set_viewport_size(DESK)
    assert faults(visitor.chat, "dark") == []
    expect(told).to_be_focused()
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    expect(box).to_be_focused()
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()

    (start,) = visitor.server.of_type("conversation.start")
    assert start["consent"] == {"notice": HASH, "gpc": False}
    said = json.loads(visitor.tickets[0].body)
    assert said["timezone"]
    assert "en-US" in said["languages"]


def test_who_does_not_agree_is_told_another_way_and_can_come_back(visit):
    visitor = visit(NOTICE)
    told = visitor.chat.get_by_role("region", name="Privacy notice")

    visitor.chat.get_by_role("button", name="Not now").click()
    expect(told).to_contain_text("Call +1 555 0100")
    expect(visitor.chat.get_by_label("Your message")).to_be_hidden()
    assert visitor.server.of_type("conversation.start") == []
    visitor.chat.get_by_role("button", name="Read the notice again").click()
    expect(told).to_contain_text("If you agree")
    visitor.chat.get_by_role("button", name="I agree").click()

    expect(visitor.chat.get_by_label("Your message")).to_be_focused()


def test_where_nobody_is_asked_the_notice_is_shown_and_said_to_have_been(visit):
    visitor = visit({**NOTICE, "asks": False}, before=GPC)

    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()

    (start,) = visitor.server.of_type("conversation.start")
    assert start["consent"] == {"notice": HASH, "gpc": True}
    # Global Privacy Control: not even sent.
    assert start.keys() & {"page", "referrer"} == set()


def test_a_changed_notice_is_shown_mid_conversation_and_no_message_is_lost(visit):
    visitor = visit(NOTICE)
    visitor.chat.get_by_role("button", name="I agree").click()
    write(visitor, "First")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()
    visitor.notice = {**NOTICE, "hash": "cd" * 32, "paragraphs": ["Another text", "With more in it."]}
    visitor.server.answers["consent.give"] = lambda frame: visitor.server.say(
        {"type": "consent.recorded", "notice": frame["notice"]}
    )
    visitor.server.refuse("consent_required")

    write(visitor, "Second")
    expect(visitor.chat.get_by_text("Not sent yet: please see the notice")).to_be_visible()
    expect(visitor.chat.get_by_role("heading", name="Another text")).to_be_in_viewport()
    expect(visitor.chat.get_by_label("Your message")).to_be_hidden()
    visitor.server.accept_again()
    visitor.chat.get_by_role("button", name="I agree").click()
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()

    order = [frame["type"] for frame in visitor.server.heard if frame["type"] in {"consent.give", "message.post"}]
    assert order[-2:] == ["consent.give", "message.post"]
    first, second, again = visitor.server.of_type("message.post")
    assert second["client_id"] == again["client_id"] != first["client_id"]
    assert again["conversation"] == CONVERSATION


def test_the_privacy_card_is_fetched_on_a_tap_and_says_what_is_so(visit):
    visitor = visit({**NOTICE, "asks": False})
    scripts = []
    visitor.page.on("request", lambda request: scripts.append(request.url))
    visitor.server.answers["card.open"] = lambda _: visitor.server.say(CARD)
    visitor.server.answers["conversation.end"] = lambda _: visitor.server.say(
        {"type": "conversation.changed", "conversation": CONVERSATION, "status": "resolved"}
    )
    panel, opens = visitor.chat.locator(".privacy"), visitor.chat.locator(".talk__head [data-opens-privacy]")

    opens.click()
    expect(panel).to_contain_text("Nothing is stored of you yet.")
    visitor.page.keyboard.press("Escape")
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()
    opens.click()
    for said in (
        "A card number (2 times), an e-mail address (once).",
        "locked by a key of Acme Outdoor (ab12cd34)",
        "if nothing more is said",
        "Agent (2 times).",
    ):
        expect(panel).to_contain_text(said)
    panel.get_by_text("You agreed to the notice").click()
    expect(panel.get_by_text("Read by <b>people</b>.")).to_be_visible()
    assert faults(visitor.chat) == []
    assert [url.rpartition("/")[2] for url in scripts if "card" in url] == ["card.js"]

    panel.get_by_role("button", name="End this conversation").click()
    expect(panel.get_by_role("button", name="End this conversation")).to_be_hidden()
    visitor.server.answers["consent.withdraw"] = lambda _: visitor.server.say({"type": "consent.ended"})
    visitor.notice = NOTICE
    panel.get_by_role("button", name="Withdraw my agreement").click()
    visitor.page.keyboard.press("Escape")
    expect(visitor.chat.get_by_role("button", name="I agree")).to_be_visible()


def test_the_privacy_card_that_could_not_be_looked_up_is_shown_once_the_connection_is_back(visit):
    visitor = visit({**NOTICE, "asks": False})
    visitor.server.answers["card.open"] = lambda _: visitor.server.say(CARD)
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()
    visitor.server.accepts = False
    visitor.server.hang_up()
    visitor.chat.locator(".talk__head [data-opens-privacy]").click()
    expect(visitor.chat.locator(".privacy")).to_contain_text("You are not connected just now.")

    visitor.server.accepts = True

    expect(visitor.chat.locator(".privacy")).to_contain_text("Agent (2 times).")
