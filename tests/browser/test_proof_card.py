"""The card on which a visitor proves who they are, in a real browser; its server is played by the test."""

import io
import json
import zipfile

import pytest
from playwright.sync_api import expect

from chat.views.proof_pages import PROOF_HEADER, STEPS
from compliance.models import RequestKind
from tests.browser.played import policy, render
from tests.browser.visiting import faults

PHONE = {"width": 360, "height": 640}
UNTIL = "2099-03-04T09:30:00Z"
ASKED = {
    "state": "asked", "organisation": "Acme Outdoor", "agent": "Ada", "scope": "May discuss account 42",
    "hint": "v•••@t•••.example", "app": False, "passkeys": 0, "is_unsure": False, "sent_until": None,
    "locked_until": None, "until": UNTIL, "kept": None,
}  # fmt: skip
PICTURE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E"
SENT = ASKED | {"state": "sent", "sent_until": UNTIL}
PROVEN = ASKED | {"state": "proven", "kept": {"conversations": 2, "messages": 1}}


class Card:
    """The page, with a pass; `answers` by step, each a dictionary or a status and one. What was posted is kept."""

    def __init__(self, page, site, **answers):
        self.page, self.answers, self.posted = page, {"open": ASKED, **answers}, []
        steps = {step: f"/steps/{step}" for step in STEPS}
        html = render("chat/proofs/page.html", steps=steps, pass_header=PROOF_HEADER, kinds=RequestKind.choices, most=9)
        site.put("/card", html, policy(img_src=["data:"], frame_ancestors=[site.address("", "shop")]))
        for path in steps.values():
            site.answer(path, self._step)
        page.goto(f"{site.address('/card')}#the-pass")

    def _step(self, asked):
        step = asked.url.rpartition("/")[2]
        self.posted.append((step, asked.headers[PROOF_HEADER], json.loads(asked.body or "null")))
        answer = self.answers[step]
        return (200, answer) if isinstance(answer, dict) else answer

    def press(self, name):
        self.page.get_by_role("button", name=name).click()


@pytest.fixture
def open_card(site, open_page):
    return lambda **answers: Card(open_page(viewport=PHONE), site, **answers)


def test_a_code_is_sent_typed_and_proves_it(open_card, watch):
    watch.expect("409", "429")
    card = open_card(send=SENT, prove=(409, {"error": "wrong", "left": 1, "until": None}))
    page = card.page
    expect(page.get_by_role("heading")).to_have_text(
        "Ada of Acme Outdoor asks you to prove who you are: “May discuss account 42”"
    )
    assert "the-pass" not in page.url
    expect(page.get_by_role("button", name="Ask in writing")).to_be_hidden()

    card.press("Send a code to v•••@t•••.example")
    code = page.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    code.fill("1234")
    card.press("Prove it")
    expect(page.get_by_role("alert")).to_have_text("The code has eight digits.")
    code.fill("4820 1935")
    card.press("Prove it")
    expect(page.get_by_role("alert")).to_have_text("This is not the code. One more try.")
    card.answers["prove"] = (429, {"error": "locked", "left": 0, "until": UNTIL})
    card.press("Prove it")
    expect(page.get_by_role("alert")).to_contain_text("Too many wrong codes.")
    card.answers["prove"] = PROVEN
    card.press("Prove it")
    expect(page.get_by_role("heading", name="You have proven who you are")).to_be_visible()
    assert [body for step, _, body in card.posted if step == "prove"] == [{"code": "48201935"}] * 3
    assert {shown for _, shown, _ in card.posted} == {"the-pass"}


def test_one_s_data_is_taken_along_as_a_file_and_erased_after_it_was_said_what_goes(open_card):
    card = open_card(open=PROVEN)
    page = card.page
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("my-data.json", json.dumps({}))
    card.answers["export"] = file.getvalue()
    with page.expect_download() as download:
        card.press("Export my data")
    assert download.value.suggested_filename == "my-data.zip"
    expect(page.get_by_text("Your data is in the file")).to_be_visible()

    card.press("Erase my data…")
    expect(page.get_by_text("This erases for good: 2 conversations with 1 message")).to_be_visible()
    card.press("Keep it")
    expect(page.get_by_role("button", name="Erase it for good")).to_be_hidden()
    card.press("Erase my data…")
    card.answers["erase"] = {"state": "erased", "conversations": 2, "messages": 1}
    card.press("Erase it for good")
    expect(page.get_by_text("Everything that was kept of you is erased.")).to_be_visible()
    assert card.posted[-1] == ("erase", "the-pass", {"confirm": "erase"})


def test_an_app_is_set_up_by_a_picture_and_used_the_next_time(open_card):
    card = open_card(
        open=PROVEN, app={"qr": PICTURE, "secret": "ABCD EFGH"},
        confirm_app=PROVEN | {"app": True}, give_up_app=PROVEN,
    )  # fmt: skip
    card.press("Set up an authenticator app")
    expect(card.page.get_by_role("img", name="The key as a QR code")).to_have_js_property("complete", True)
    expect(card.page.get_by_text("ABCD EFGH")).to_be_visible()
    card.page.get_by_label("first code").fill("123456")
    card.press("Use this app")
    expect(card.page.get_by_text("You have set up an authenticator app.")).to_be_visible()
    expect(card.page.get_by_text("ABCD EFGH")).to_be_hidden()
    card.press("Give up the app")
    expect(card.page.get_by_role("button", name="Set up an authenticator app")).to_be_visible()

    card.answers |= {"open": ASKED | {"app": True}, "prove_by_app": PROVEN | {"app": True}}
    # As the chat does that has another pass for the frame.
    card.page.evaluate("location.hash = 'another-pass'")
    card.press("Use my authenticator app")
    card.page.get_by_label("Code", exact=True).fill("123456")
    card.press("Prove it")
    expect(card.page.get_by_role("heading", name="You have proven who you are")).to_be_visible()
    assert card.posted[-1] == ("prove_by_app", "another-pass", {"code": "123456"})


def test_where_a_frame_may_not_ask_a_passkey_a_tab_of_the_same_page_does_and_the_server_tells(open_card, site):
    card = open_card(open=PROVEN)
    page = card.page
    framed = f'<!doctype html><title>Shop</title><iframe src="{site.address("/card")}#the-pass"></iframe>'
    site.put("/no-passkeys", framed)
    page.goto(site.address("/no-passkeys", "shop"))
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Make a passkey").click()
    link = frame.get_by_role("link", name="Make it in a tab of its own")
    expect(link).to_have_attribute("href", "/card#the-pass")
    assert "begin_passkey" not in {step for step, *_ in card.posted}

    with page.expect_popup() as opened:
        link.click()
    assert opened.value.url.startswith(site.address("/card"))
    assert opened.value.evaluate("opener") is None
    card.answers["open"] = PROVEN | {"passkeys": 1}
    page.frames[1].evaluate("dispatchEvent(new Event('focus'))")
    expect(frame.get_by_text("You have 1 passkey for this chat.")).to_be_visible()
    expect(link).to_be_hidden()


@pytest.mark.parametrize(("open_", "said"), [
    (ASKED | {"hint": None}, "Acme Outdoor knows no e-mail address of yours."),
    (ASKED | {"hint": None, "is_unsure": True}, "You gave another e-mail address than the one that was known."),
    (ASKED | {"locked_until": UNTIL}, "Too many wrong codes."),
    ((409, {"error": "ended", "state": "cancelled"}), "This was withdrawn."),
    ((404, {"error": "not_found"}), "This card is not there any more."),
    ((503, {"error": "unavailable"}), "It could not be looked at just now."),
])  # fmt: skip
def test_it_says_why_nothing_can_be_proven_now(open_card, watch, open_, said):
    watch.expect("4", "5")
    card = open_card(open=open_)

    expect(card.page.get_by_text(said)).to_be_visible()
    expect(card.page.get_by_role("button", name="Send a code")).to_be_hidden()


@pytest.mark.parametrize("facts", [ASKED | {"passkeys": 1, "app": True}, SENT, PROVEN | {"passkeys": 2}])
def test_it_has_no_accessibility_fault_and_is_no_wider_than_a_phone(open_card, facts):
    card = open_card(open=facts)
    card.page.get_by_role("heading").first.wait_for()
    if facts["kept"]:
        card.press("Erase my data…")

    for scheme in ("light", "dark"):
        assert faults(card.page, scheme) == [], scheme
    assert card.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_else_one_wants_is_asked_in_writing_before_anything_is_proven(open_card):
    card = open_card(
        open=ASKED | {"agent": None, "scope": ""},
        ask_right={"reference": "4F2A-9C7K", "due_at": UNTIL},
    )
    page = card.page

    card.press("Ask in writing")
    page.get_by_role("radio", name="Objection").check()
    page.get_by_label("In your words").fill("Stop it")
    assert faults(page) == []
    card.press("Send it")

    expect(page.get_by_role("status").filter(has_text="4F2A-9C7K")).to_contain_text(
        "You may be asked to prove who you are"
    )
    assert card.posted[-1][::2] == ("ask_right", {"kind": "objection", "words": "Stop it"})
