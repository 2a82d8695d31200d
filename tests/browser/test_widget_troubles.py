"""What the widget does when something does not go through: checked, failed, offline, resolved, blocked, too fast."""

from playwright.sync_api import expect

from tests.browser.played import CONVERSATION
from tests.browser.visiting import bubbles, write


def test_who_writes_too_fast_or_is_being_checked_is_told_and_it_goes_out_by_itself(visit):
    visitor = visit()
    state = visitor.chat.locator(".message__state")
    visitor.server.refuse("too_fast", retry_ms=400)
    write(visitor, "quick")
    expect(state).to_have_text("Waiting a moment…")
    expect(visitor.chat.locator("[data-part=status]")).to_contain_text("faster than we can take it")
    visitor.server.accept_again()
    expect(state).to_have_text("Sent")

    visitor.server.refuse("being_checked", retry_ms=600)
    write(visitor, "a long story")
    expect(state).to_have_text(["Sent", "Being checked…"])
    visitor.server.accept_again()

    expect(state).to_have_text(["", "Sent"])
    assert len({frame["client_id"] for frame in visitor.server.of_type("message.post")}) == 2


def test_a_message_that_failed_is_kept_and_can_be_tried_again(visit):
    visitor = visit()
    visitor.server.refuse("bad_frame")
    write(visitor, "try me")
    visitor.chat.get_by_role("button", name="Try again").wait_for()

    visitor.server.accept_again()
    visitor.chat.get_by_role("button", name="Try again").click()

    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    expect(bubbles(visitor)).to_have_count(1)


def test_a_lost_connection_is_told_and_made_good_without_loss_or_doubling(visit, watch):
    watch.expect("WebSocket connection")
    visitor = visit()
    write(visitor, "one")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")

    visitor.server.accepts = False
    visitor.server.hang_up()
    write(visitor, "two")
    expect(visitor.chat.locator(".message__state").last).to_have_text("Waiting for the connection…")
    expect(visitor.chat.get_by_text("Connecting again…")).to_be_visible(timeout=4000)
    visitor.server.post("meanwhile", by="agent", told=False)
    visitor.server.accepts = True
    visitor.chat.evaluate("dispatchEvent(new Event('online'))")

    expect(bubbles(visitor)).to_have_text(["one", "meanwhile", "two"], timeout=10_000)
    expect(visitor.chat.get_by_text("Connecting again…")).to_be_hidden()


def test_whoever_was_thrown_off_comes_back_by_the_ticket_they_were_left_and_asks_for_the_rest_later(visit):
    visitor = visit()
    write(visitor, "one")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    asked, asked_before = len(visitor.tickets), []

    def open_session(frame):
        asked_before.append(len(visitor.tickets) - asked)
        visitor.server.open_session(frame)

    visitor.server.answers["session.open"] = open_session
    visitor.server.hang_up()
    write(visitor, "two")
    expect(bubbles(visitor)).to_have_text(["one", "two"])
    visitor.until(lambda: len(visitor.tickets) > asked)

    assert [frame["ticket"] for frame in visitor.server.of_type("session.open")] == ["ticket-1", "left-1"]
    assert asked_before == [0]


def test_a_visitor_whose_tickets_are_lost_again_and_again_gets_another_each_time(visit):
    visitor = visit()
    write(visitor, "one")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")

    visitor.server.answers["session.open"] = lambda _: visitor.server.hang_up(4401)
    visitor.server.hang_up()
    visitor.until(lambda: len(visitor.server.of_type("session.open")) > 3)
    visitor.server.answers["session.open"] = visitor.server.open_session
    write(visitor, "two")

    expect(bubbles(visitor)).to_have_text(["one", "two"], timeout=10_000)
    expect(visitor.chat.locator(".message__state").last).to_have_text("Sent")


def test_a_reload_brings_back_what_was_said_and_what_was_not_sent_yet(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 1})
    visitor.server.post("earlier", by="agent", told=False)
    visitor.server.keep_silent()
    write(visitor, "unanswered")
    expect(visitor.chat.locator(".message__state").last).to_have_text("Sending…")

    visitor.page.reload()
    visitor.server.accept_again()
    visitor.open()

    expect(bubbles(visitor)).to_have_text(["earlier", "unanswered"])
    expect(visitor.chat.locator(".message__state").last).to_have_text("Sent")
    assert len({frame["client_id"] for frame in visitor.server.of_type("message.post")}) == 1


def test_a_resolved_conversation_says_so_at_once_and_a_new_one_keeps_what_it_did_not_take(visit):
    visitor = visit()
    write(visitor, "thanks")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")

    visitor.server.say({"type": "conversation.changed", "conversation": CONVERSATION, "status": "resolved"})
    expect(visitor.chat.get_by_text("This conversation is resolved.")).to_be_visible()
    visitor.server.say({"type": "conversation.changed", "conversation": CONVERSATION, "status": "open"})
    expect(visitor.chat.get_by_label("Your message")).to_be_visible()

    visitor.server.refuse("resolved")
    write(visitor, "one more thing")
    visitor.chat.get_by_role("button", name="Start a new conversation").click()
    expect(visitor.chat.get_by_label("Your message")).to_have_value("one more thing")
    expect(bubbles(visitor)).to_have_count(0)


def test_a_text_too_long_stays_in_the_box_with_a_reason_and_a_blocked_visitor_can_write_no_more(visit):
    visitor = visit()
    write(visitor, "é" * 4097)
    expect(visitor.chat.get_by_text("Too long for one message. Please split it.")).to_be_visible()
    expect(visitor.chat.get_by_label("Your message")).to_have_value("é" * 4097)
    assert visitor.server.of_type("message.post") == []

    visitor.server.refuse("blocked")
    write(visitor, "spam")

    expect(visitor.chat.get_by_text("send messages in this conversation.")).to_be_visible()
    expect(visitor.chat.get_by_label("Your message")).to_be_hidden()
