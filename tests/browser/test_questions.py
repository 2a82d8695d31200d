"""What an organisation asks before the first message."""

from functools import partial
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import Visitor, write


@pytest.fixture
def visit(site, open_page):
    """Open the customer's page, whose chat asks these questions."""
    return lambda *questions: Visitor(open_page(), site, questions=questions)


def question(key, kind, label, *, is_required=False):
    return SimpleNamespace(key=key, kind=kind, label=label, is_required=is_required)


def test_questions_come_first_and_their_answers_go_with_the_first_message_and_not_before(visit):
    visitor = visit(question("k1", "email", "E-mail address", is_required=True), question("k2", "custom", "Order"))
    visitor.page.evaluate("Hushdesk('show')")
    email = visitor.chat.get_by_label("E-mail address")
    expect(email).to_be_focused()
    expect(visitor.chat.get_by_label("Your message")).to_be_hidden()

    visitor.chat.get_by_role("button", name="Start the chat").click()
    expect(email).to_be_focused()
    email.fill("vera@mail.example")
    visitor.chat.get_by_role("button", name="Start the chat").click()
    expect(visitor.chat.get_by_label("Your message")).to_be_focused()
    assert "vera@mail.example" not in str(visitor.server.heard)
    write(visitor, "Is it shipped?")
    expect(visitor.chat.locator(".message__state")).to_have_text("Sent")

    (start,) = visitor.server.of_type("conversation.start")
    assert start["answers"] == [{"key": "k1", "value": "vera@mail.example"}]
    assert start["page"] == visitor.page.url


def test_who_has_written_before_the_questions_came_is_not_asked_any_more(open_page, site):
    page, held = open_page(), []
    # What Playwright calls it marks, and a built-in it can't.
    page.route("**/questions.js", partial(list.append, held))
    visitor = Visitor(page, site, questions=[question("k1", "custom", "Order")]).open()
    visitor.server.answers.pop("conversation.start")
    write(visitor, "Is it shipped?")

    held[0].continue_()
    visitor.chat.evaluate("address => import(address).then(() => null)", held[0].request.url)
    expect(visitor.chat.locator(".message__body")).to_have_text("Is it shipped?")
    expect(visitor.chat.get_by_label("Order")).to_be_hidden()
