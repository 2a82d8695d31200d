"""What the page hands over, what the widget does with it, and what the page hears."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser.played import CONVERSATION
from tests.browser.visiting import DESK, PHONE, Visitor, faults, until_told, write

TOKEN = "a.signed.token"
UNTIL = "2999-03-04T21:30:00+00:00"


class Known(Visitor):
    """A visitor for whom the page may vouch, and the server that is asked about it."""

    def __init__(self, page, site, conversation=None, *, unknown=False):
        self.shown, self.forgotten, self.unknown = [], [], unknown
        self.answers = {True: {"bound": True}, False: {"bound": False}}
        site.answer("/w/key/identify", self._identify)
        super().__init__(page, site, conversation)
        page.evaluate("window.told = []; Hushdesk('on', 'identity', (one) => told.push(one))")

    def _session(self, asked):
        self.tickets.append(asked)
        answer = {"ticket": f"ticket-{len(self.tickets)}", "session": None, "conversation": self.conversation}
        more = {"notice": None, "greeting": "", "organisation": "Acme Outdoor", "unknown": self.unknown}
        return 200, {**answer, **more}

    def _forget(self, asked):
        self.forgotten.append(asked)
        return 200, {}

    def _identify(self, asked):
        said = json.loads(asked.body)
        self.shown.append((said, asked))
        begins = said.get("begins") is True or self.conversation is not None
        answer = self.answers[begins]
        self.unknown = self.unknown and not answer.get("bound")
        more = {"until": UNTIL, "session": "fresh" if answer.get("bound") else None, "another": False}
        return 200, {**more, **answer}

    def told(self):
        return self.page.evaluate("told")


@pytest.fixture
def visit(site, open_page):
    def open_visitor(*, viewport=None, **options):
        return Known(open_page(viewport=viewport), site, **options)

    return open_visitor


def test_the_token_goes_before_the_first_message_and_never_into_an_address(visit):
    visitor = visit()
    visitor.page.evaluate("(token) => Hushdesk('identify', {token})", TOKEN)
    visitor.open()
    until_told(visitor, 1)
    assert visitor.told() == [{"state": "signed", "until": UNTIL}]

    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()

    (looked, _), (began, request) = visitor.shown
    assert (looked["token"], looked.get("begins")) == (TOKEN, None)
    assert (began["token"], began["begins"]) == (TOKEN, True)
    # Known by what it was given in return, and connected anew.
    assert visitor.tickets[-1].headers["x-hushdesk-session"] == "fresh"
    assert [frame["ticket"] for frame in visitor.server.of_type("session.open")] == ["ticket-1", "ticket-2"]
    assert TOKEN not in json.dumps([each.url for each in (*visitor.tickets, request)] + visitor.server.heard)
    assert TOKEN not in str(visitor.chat.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])"))


def test_whoever_has_begun_is_known_at_once(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 0, "status": "open"})
    visitor.open()
    visitor.page.evaluate("(token) => Hushdesk('identify', {token})", TOKEN)
    until_told(visitor, 1)

    assert visitor.told() == [{"state": "signed", "until": UNTIL}]
    assert [said["token"] for said, _ in visitor.shown] == [TOKEN]


def test_whoever_is_known_anew_connects_by_a_ticket_of_who_they_are_now_and_not_by_the_one_left_before(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 0, "status": "open"})
    visitor.answers = {begins: {"bound": True} for begins in (True, False)}
    visitor.open()
    visitor.page.evaluate("(token) => Hushdesk('identify', {token})", TOKEN)
    visitor.until(lambda: len(visitor.server.of_type("session.open")) == 2)

    assert [frame["ticket"] for frame in visitor.server.of_type("session.open")] == ["ticket-1", "ticket-2"]


def test_a_refusal_is_told_by_name_and_keeps_nobody_from_writing(visit):
    visitor = visit()
    visitor.answers = {begins: {"refused": "expired", "claim": "exp"} for begins in (True, False)}
    visitor.page.evaluate("(token) => Hushdesk('identify', {token})", TOKEN)
    visitor.open()
    until_told(visitor, 1)

    assert visitor.told() == [{"state": "refused", "why": "expired", "claim": "exp"}]
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()


def test_who_has_to_sign_in_is_told_so_and_nothing_they_wrote_is_lost(visit):
    visitor = visit(unknown=True, viewport=PHONE)
    visitor.server.answers["conversation.start"] = lambda frame: visitor.server.say(
        {"type": "error", "code": "identity_required", "client_id": frame["client_id"]}
    )
    visitor.open()
    asked = visitor.chat.get_by_text("Please sign in on this website")
    expect(asked).to_be_visible()
    assert faults(visitor.chat) == []
    visitor.page.set_viewport_size(DESK)
    assert faults(visitor.chat, "dark") == []
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Not sent yet: please sign in")).to_be_visible()

    visitor.server.answers["conversation.start"] = visitor.server.start_conversation
    visitor.page.evaluate("(token) => Hushdesk('identify', {token})", TOKEN)

    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()
    expect(asked).to_be_hidden()
    assert visitor.told()[0] == {"state": "required"}


def test_signing_out_forgets_who_it_was(visit):
    visitor = visit(conversation={"id": CONVERSATION, "last_sequence": 0, "status": "open"})
    visitor.page.evaluate("(token) => Hushdesk('boot', {token})", TOKEN)
    visitor.open()
    until_told(visitor, 1)

    visitor.page.evaluate("Hushdesk('shutdown')")

    for _ in range(250):
        if visitor.forgotten:
            break
        visitor.page.wait_for_timeout(20)
    assert visitor.forgotten[0].headers["x-hushdesk-session"] == "fresh"


def test_what_is_no_token_is_not_handed_over(visit):
    visitor = visit()
    visitor.page.evaluate("for (const given of [null, {}, {token: 7}, {token: null}]) Hushdesk('identify', given)")
    visitor.open()
    write(visitor, "Hello")
    expect(visitor.chat.get_by_text("Sent", exact=True)).to_be_visible()

    assert visitor.shown == []
