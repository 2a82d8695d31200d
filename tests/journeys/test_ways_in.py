"""The pages on the way in, in a real browser: the mailed token, the short name, the test page, without scripts."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.keys import await_keys
from tests.browser.visiting import faults
from tests.factories.words import new_word
from tests.journeys.enrolling import enrol
from tests.journeys.visitor import agree

PASSWORD = "four green lanterns"
SANDBOX_WARNING = "allow-scripts and allow-same-origin"  # the test page alone has the chat on its own origin
PATHS = ("/", "/signup/", "/sign-in/", "/confirm/", "/password/forgot/", "/password/reset/", "/invitation/")


@pytest.fixture
def signed_up(demo, open_context) -> Page:
    """Nora, who has signed up and looks at her mail."""
    page = open_context().new_page()
    page.goto(f"{demo.server.origin}/signup/")
    page.get_by_label("Your name").fill("Nora Berg")
    page.get_by_label("Work e-mail").fill(f"nora-{uuid4().hex[:8]}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("link", name="Open the demo").click()
    return page


@pytest.fixture
def newcomer(signed_up) -> Page:
    """Nora, who has followed the mailed link to the page that confirms her address."""
    follow_mailed_link(signed_up)
    return signed_up


def follow_mailed_link(page: Page) -> None:
    page.get_by_role("link", name="Open the link in this mail").first.click()


def confirm(page: Page) -> None:
    expect(page.get_by_label("Code from the mail")).to_be_hidden()  # by a script that comes after what is to be seen
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def open_chat(page: Page) -> Frame:
    """Open the chat of a page that has it."""
    page.wait_for_load_state()
    page.evaluate("Hushdesk('show')")
    while not (found := [frame for frame in page.frames if "/w/" in frame.url]):
        page.wait_for_timeout(25)
    found[0].wait_for_load_state()
    agree(found[0])
    box = found[0].get_by_label("Your message")
    expect(box).to_be_focused()
    await_keys(box)
    return found[0]


def test_who_confirms_before_the_script_came_keeps_the_code(signed_up, watch):
    watch.expect("422")
    held = []
    signed_up.route("**/fragment*.js", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks the function
    follow_mailed_link(signed_up)
    signed_up.get_by_label("Password").fill(PASSWORD)
    signed_up.get_by_role("button", name="Confirm").click()
    expect(signed_up.get_by_text("This field is required.")).to_be_visible()
    while len(held) < 2:
        signed_up.wait_for_timeout(25)

    held[-1].continue_()
    confirm(signed_up)

    expect(signed_up.get_by_label("Name of your organisation")).to_be_visible()


def test_the_token_moves_into_the_form_and_the_short_name_follows_the_name_until_it_is_typed(newcomer):
    expect(newcomer).to_have_url(re.compile("^[^#]+$"))
    expect(newcomer.get_by_label("Code from the mail")).to_be_hidden()
    expect(newcomer.get_by_label("Code from the mail")).not_to_have_value("")

    confirm(newcomer)
    name, slug = newcomer.get_by_label("Name of your organisation"), newcomer.get_by_label("Short name for addresses")

    name.fill("Söhne & Co")
    expect(slug).to_have_value("sohne-co")
    slug.fill("mine")
    name.fill("Something else")

    expect(slug).to_have_value("mine")


def test_a_name_typed_before_the_scripts_came_gets_its_short_name_all_the_same(newcomer):
    held = []
    newcomer.route("**/slug*.js", lambda route: held.append(route))  # noqa: PLW0108  Playwright marks the function
    confirm(newcomer)
    newcomer.get_by_label("Name of your organisation").fill("Söhne & Co")
    while not held:
        newcomer.wait_for_timeout(25)

    for one in held:
        one.continue_()

    expect(newcomer.get_by_label("Short name for addresses")).to_have_value("sohne-co")


def test_a_newcomer_talks_to_themselves_on_the_test_page(newcomer, watch):
    watch.expect(SANDBOX_WARNING)
    confirm(newcomer)
    newcomer.get_by_label("Name of your organisation").fill(f"Berg {new_word()}")
    newcomer.get_by_role("button", name="Open the organisation").click()
    enrol(newcomer)

    with newcomer.context.expect_page() as opened:
        newcomer.get_by_role("link", name="Open the test page").click()
    chat = open_chat(opened.value)
    chat.get_by_label("Your message").fill("Does it work?")
    chat.get_by_label("Your message").press("Enter")
    expect(chat.locator(".message__state").last).to_have_text("Sent")
    newcomer.get_by_role("link", name="Open the inbox").click()
    newcomer.locator(".row__link", has_text="Does it work?").click()
    newcomer.locator(".composer textarea").fill("It does.")
    newcomer.locator(".composer textarea").press("Enter")

    expect(chat.get_by_text("It does.")).to_be_visible()
    opened.value.get_by_label("Token").fill("a.b.c")
    opened.value.get_by_role("button", name="Hand it over").click()
    expect(opened.value.get_by_text("refused: malformed.")).to_be_visible()


def test_the_ways_in_have_no_accessibility_fault_and_fit_a_phone(demo, open_context):
    page = open_context(viewport={"width": 360, "height": 740}).new_page()

    for path in PATHS:
        page.goto(f"{demo.server.origin}{path}")
        for scheme in ("light", "dark"):
            assert faults(page, scheme) == [], (path, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_without_scripts_the_code_is_pasted_by_hand(demo, open_context):
    page = open_context(java_script_enabled=False).new_page()

    page.goto(f"{demo.server.origin}/confirm/")

    expect(page.get_by_label("Code from the mail")).to_be_visible()
