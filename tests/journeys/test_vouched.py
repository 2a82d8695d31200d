"""A customer of the demo's shop: the shop vouches for her, and she proves who she is by a passkey inside the chat."""

import re

from playwright.sync_api import expect

from tests.browser.test_passkeys import AUTHENTICATOR
from tests.browser.visiting import faults
from tests.journeys.visitor import Visitor


def card_of(visitor):
    """The card above the composer, in a frame of an origin of its own inside the chat's."""
    return visitor.chat.frame_locator("iframe.pin")


def see_to_own_data(visitor):
    chat = visitor.chat
    chat.locator("[data-opens-privacy]").first.click()
    chat.get_by_role("button", name="My data and my rights").click()


def code_of(context, site):
    """What came by mail."""
    mails = context.new_page()
    mails.goto(f"{site}/demo/mail/")
    found = re.search(r"^\s*(\d{4} \d{4})\s*$", mails.locator("body").inner_text(), re.MULTILINE)
    mails.close()
    assert found is not None
    return found.group(1)


def test_vera_signs_in_at_the_shop_and_proves_who_she_is_by_a_passkey_in_the_chat(demo, open_context):
    context = open_context()
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    made = device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    visitor = Visitor(page, demo.facts["shop_url"])
    page.get_by_role("button", name="Sign in as Vera").click()
    expect(page.get_by_text("Hello, Vera Visser")).to_be_visible()
    visitor.write("Where is my tent?")
    expect(visitor.state).to_have_text("Sent")

    see_to_own_data(visitor)
    card = card_of(visitor)
    card.get_by_role("button", name="Send a code to v•••@t•••.example").click()
    expect(card.get_by_label("Code", exact=True)).to_be_visible()
    card.get_by_label("Code", exact=True).fill(code_of(context, demo.server.origin))
    card.get_by_role("button", name="Prove it").click()
    card.get_by_role("button", name="Make a passkey").click()
    expect(card.get_by_text("You have 1 passkey for this chat.")).to_be_visible()
    card.get_by_role("button", name="End it now").click()
    expect(visitor.chat.locator("iframe.pin")).to_be_hidden()

    see_to_own_data(visitor)
    card.get_by_role("button", name="Use my passkey").click()
    expect(card.get_by_role("heading", name="You have proven who you are")).to_be_visible()
    [credential] = device.send("WebAuthn.getCredentials", {"authenticatorId": made["authenticatorId"]})["credentials"]
    assert credential["rpId"] == f"forms.{demo.server.origin.partition('://')[2].partition(':')[0]}"
    assert faults(page) == []
    [shown] = [frame for frame in page.frames if "//forms." in frame.url]
    assert faults(shown) == []
