"""The widget when nobody is there, while one waits, and when it is over; the chat server is played by the test."""

import pytest
from playwright.sync_api import expect

from tests.browser.played import CONVERSATION
from tests.browser.visiting import faults, write


@pytest.fixture
def visitor(visit):
    return visit()


def told(visitor, type_, **fields):
    visitor.server.say({"type": type_, **fields})


def test_who_finds_nobody_is_told_and_leaves_an_address_with_the_first_message(visitor):
    told(visitor, "team.changed", team="offline", opens_at="2099-11-30T08:00:00Z")
    expect(visitor.chat.get_by_text("We are closed now, and here again at")).to_be_visible()
    address = visitor.chat.get_by_label("E-mail address for the answer")

    address.fill("vera@mail.example")
    visitor.chat.get_by_role("button", name="Keep this address").click()
    expect(visitor.chat.get_by_text("It is kept with your first message.")).to_be_visible()
    assert visitor.server.of_type("contact.give") == []
    visitor.server.answers["contact.give"] = lambda _: told(visitor, "contact.given")
    write(visitor, "Is it shipped?")

    expect(visitor.chat.get_by_text("When there is an answer we write to you.")).to_be_visible()
    expect(address).to_be_hidden()
    assert visitor.server.of_type("contact.give")[-1]["email"] == "vera@mail.example"
    assert "vera@" not in visitor.chat.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_an_address_that_is_none_is_said_to_be_and_can_be_mended(visitor):
    told(visitor, "team.changed", team="away")
    expect(visitor.chat.get_by_text("We are away for a moment")).to_be_visible()
    write(visitor, "Hello")
    refusals = [{"code": "bad_frame", "field": "email"}]
    visitor.server.answers["contact.give"] = lambda _: (
        told(visitor, "error", **refusals.pop()) if refusals else told(visitor, "contact.given")
    )
    address = visitor.chat.get_by_label("E-mail address for the answer")

    address.fill("vera")
    visitor.chat.get_by_role("button", name="Keep this address").click()
    expect(visitor.chat.get_by_text("This is no e-mail address")).to_be_visible()
    address.fill("vera@mail.example")
    visitor.chat.get_by_role("button", name="Keep this address").click()

    expect(visitor.chat.get_by_text("When there is an answer we write to you.")).to_be_visible()


def test_who_waits_sees_their_place_move_until_somebody_answers(visitor):
    told(visitor, "team.changed", team="online")
    visitor.server.answers["queue.ask"] = lambda frame: told(
        visitor, "queue.told", conversation=frame["conversation"], before=2, low_min=2, high_min=6
    )
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("2 people are before you. Most are answered within 2 to 6")).to_be_visible()

    told(visitor, "queue.told", conversation=CONVERSATION, before=0, is_late=True)
    expect(visitor.chat.get_by_text("You are next. It takes longer than usual just now.")).to_be_visible()
    visitor.server.post("Hello Vera.", by="agent")

    expect(visitor.chat.get_by_text("You are next.")).to_be_hidden()
    expect(visitor.chat.get_by_text("You are talking with Ada")).to_be_visible()


def test_after_a_conversation_it_is_rated_commented_and_its_transcript_asked_for(visitor):
    state = {"conversation": CONVERSATION, "scale": "thumbs", "transcript": "offered"}
    for asked in ("ending.ask", "rating.give", "transcript.ask"):
        visitor.server.answers[asked] = lambda _: told(visitor, "ending.told", **state)
    write(visitor, "Hello")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    told(visitor, "conversation.changed", conversation=CONVERSATION, status="resolved")
    expect(visitor.chat.get_by_text("How was it?")).to_be_visible()

    state["value"] = 1
    visitor.chat.get_by_role("button", name="Bad").click()
    expect(visitor.chat.get_by_text("Thank you. You can change it for a day.")).to_be_visible()
    expect(visitor.chat.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    visitor.chat.get_by_label("What could be better?").fill("It took long")
    visitor.chat.get_by_role("button", name="Send the comment").click()
    state["transcript"] = "asked"
    visitor.chat.get_by_role("button", name="Mail me the transcript").click()
    expect(visitor.chat.get_by_text("The link to the transcript is on its way")).to_be_visible()

    given = [{key: frame[key] for key in ("value", "comment")} for frame in visitor.server.of_type("rating.give")]
    assert given == [{"value": 1, "comment": ""}, {"value": 1, "comment": "It took long"}]


def test_neither_waiting_nor_rating_has_an_accessibility_fault(visitor):
    told(visitor, "team.changed", team="offline")
    expect(visitor.chat.get_by_label("E-mail address for the answer")).to_be_visible()
    assert faults(visitor.chat) == []
    state = {"conversation": CONVERSATION, "scale": "five", "value": 4, "transcript": "no_address"}
    visitor.server.answers["ending.ask"] = lambda _: told(visitor, "ending.told", **state)
    write(visitor, "Hello")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")
    told(visitor, "conversation.changed", conversation=CONVERSATION, status="resolved")
    expect(visitor.chat.get_by_text("How was it?")).to_be_visible()

    assert faults(visitor.chat) == []
