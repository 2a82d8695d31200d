"""Passkeys in a real browser, by its virtual authenticator: made, given as the second step, as the whole, and again."""

import re

import pytest
from playwright.sync_api import expect

from helpdesk.launch.demo_facts import code_now
from tests.browser.visiting import faults

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SECURITY = "**/account/security/"


@pytest.fixture
def device(page):
    """A device with a passkey store whose owner says yes to everything."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return lambda command, **more: session.send(f"WebAuthn.{command}", {**made, **more})


def give_password(page, person, site):
    page.goto(f"{site}/sign-in/?next=/account/security/")
    page.get_by_label("Work e-mail").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.get_by_role("button", name="Sign in").click()


def make_passkey(page):
    page.get_by_label("Name of a new passkey").fill("Desk key")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("Desk key", exact=True).first).to_be_visible()


def make_codes(page):
    page.get_by_role("link", name="Make backup codes").click()
    page.get_by_role("button", name="Show ten codes").click()
    expect(page.locator("[data-codes] code")).to_have_count(10)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    assert re.fullmatch(r"(?:[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\n){10}", kept.value.path().read_text())
    page.get_by_role("link", name="I have kept them").click()


def sign_out(page):
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(lambda url: "/account/" not in url)


def test_a_passkey_is_made_and_signs_in_and_a_person_not_verified_is_refused(demo, page, device, watch):
    sam, site = next(one for one in demo["people"] if one["name"] == "Sam"), demo["site_url"]
    give_password(page, sam, site)
    page.locator("input[autocomplete=one-time-code]").fill(code_now(sam["totp_secret"]))
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(SECURITY)
    make_passkey(page)
    make_codes(page)
    assert faults(page) == []

    sign_out(page)
    page.goto(f"{site}/sign-in/?next=/account/security/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(SECURITY)
    sign_out(page)
    give_password(page, sam, site)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(SECURITY)
    [credential] = device("getCredentials")["credentials"]
    assert credential["signCount"] == 3

    sign_out(page)
    watch.expect("422")
    device("setUserVerified", isUserVerified=False)
    give_password(page, sam, site)
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.get_by_role("status")).to_contain_text(re.compile("cancelled|not accepted"))
