"""What the widget shows of a conversation that goes on: unread, from its end, and how far messages have come."""

from playwright.sync_api import expect

from tests.browser.played import CONVERSATION
from tests.browser.visiting import bubbles, until_told, write


def test_an_answer_to_a_closed_chat_is_counted_for_the_page_but_not_told(visit):
    visitor = visit()
    write(visitor, "hello")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    visitor.page.evaluate("""() => {
        window.told = [];
        const note = (name) => Hushdesk("on", name, (detail) => told.push([name, detail ?? null]));
        ["unread", "open", "close"].forEach(note);
    }""")

    visitor.page.keyboard.press("Escape")
    until_told(visitor, 1)
    visitor.server.post("a secret answer", by="agent")
    until_told(visitor, 2)
    visitor.page.evaluate("Hushdesk('toggle')")
    until_told(visitor, 4)

    assert visitor.page.evaluate("told") == [["close", None], ["unread", 1], ["open", None], ["unread", 0]]


def test_unread_answers_survive_a_reload_and_stand_below_a_line_when_the_chat_is_opened(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 3, "status": "open"}, opened=False)
    for text in ("read before", "new one", "new two"):
        visitor.server.post(text, by="agent", told=False)
    visitor.server.marks["read_sequence"] = 1

    visitor.open()
    line = visitor.chat.get_by_text("New messages", exact=True)

    expect(line).to_be_visible()
    assert bubbles(visitor).all_text_contents() == ["read before", "new one", "new two"]
    expect(visitor.chat.locator(".new-divider + .message .message__body")).to_have_text("new one")
    write(visitor, "thanks")
    expect(line).to_be_hidden()


def test_a_long_conversation_is_shown_from_its_end_and_goes_on_upwards(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 300, "status": "open"}, opened=False)
    for number in range(1, 301):
        visitor.server.post(f"line {number}", by="agent" if number % 2 else "visitor", told=False)
    visitor.server.marks = {"read_sequence": 300, "seen_sequence": 300}
    visitor.open()
    expect(bubbles(visitor).last).to_be_in_viewport()
    expect(bubbles(visitor)).to_have_count(60)
    expect(visitor.chat.get_by_text("Hi! How can we help?")).to_be_hidden()

    scroll = visitor.chat.locator("[data-part=scroll]")
    scroll.evaluate("box => box.scrollTo(0, 20)")
    expect(bubbles(visitor)).to_have_count(260)
    expect(visitor.chat.get_by_text("line 241", exact=True)).to_be_in_viewport()
    scroll.evaluate("box => box.scrollTo(0, 0)")
    expect(bubbles(visitor)).to_have_count(300)

    assert bubbles(visitor).all_text_contents() == [f"line {number}" for number in range(1, 301)]
    expect(visitor.chat.locator(".day")).to_have_count(1)
    expect(visitor.chat.get_by_text("Hi! How can we help?")).to_have_count(1)


def test_own_messages_say_how_far_they_have_come(visit):
    visitor = visit()
    write(visitor, "one")
    write(visitor, "two")
    states = visitor.chat.locator(".message--visitor .message__state")
    expect(states).to_have_text(["", "Sent"])

    for sequence, seen, said in (
        (2, False, ["", "Delivered"]),
        (1, True, ["Seen", "Delivered"]),
        (2, True, ["", "Seen"]),
    ):
        moved = {"conversation": CONVERSATION, "by": "team", "sequence": sequence, "seen": seen}
        visitor.server.say({"type": "read.moved", **moved})
        expect(states).to_have_text(said)
