"""A newcomer, from the landing page to the first answer on their own test page."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from helpdesk.launch.demo_facts import code_now
from tests.browser.demo import Facts, running_demo

PASSWORD = "four green lanterns"
SANDBOX_WARNING = "allow-scripts and allow-same-origin"  # the test page alone has the chat on our own origin


@pytest.fixture(scope="module")
def demo() -> Iterator[Facts]:
    with running_demo() as facts:
        yield facts


@pytest.fixture
def newcomer(demo, open_context):
    """A page of someone who has confirmed an address of their own."""

    def confirmed(email: str, **options) -> Page:
        page = open_context(**options).new_page()
        page.goto(demo["site_url"])
        page.get_by_role("link", name="Sign up your business").click()
        page.get_by_label("Your name").fill("Nora Berg")
        page.get_by_label("Work e-mail").fill(email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign up").click()
        page.get_by_role("link", name="Open the demo’s mail").click()
        page.get_by_role("link", name="Open the link in this mail").first.click()
        expect(page.get_by_label("Password")).to_be_visible()
        return page

    return confirmed


def open_organisation(page: Page, name: str) -> None:
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of your organisation").fill(name)
    page.get_by_role("button", name="Open the organisation").click()


def set_up_second_step(page: Page) -> None:
    secret = page.locator("[data-secret]").get_attribute("data-secret")
    page.get_by_label("Six-digit code").fill(code_now(secret))
    page.get_by_role("button", name="Continue").click()


def open_chat(page: Page) -> Frame:
    page.wait_for_function("window.Hushdesk && document.readyState === 'complete'")
    page.evaluate("Hushdesk('show')")
    for _ in range(200):
        if found := [frame for frame in page.frames if "/w/" in frame.url]:
            break
        page.wait_for_timeout(25)
    expect(found[0].get_by_label("Your message")).to_be_visible()
    return found[0]


def test_a_newcomer_signs_up_and_answers_on_the_test_page(newcomer, watch):
    watch.expect(SANDBOX_WARNING)
    nora = newcomer("nora@example.com")
    assert "#" not in nora.url, "the token leaves the address bar"
    expect(nora.get_by_label("Code from the mail")).to_be_hidden()
    open_organisation(nora, "Berg & Söhne")
    set_up_second_step(nora)
    expect(nora.get_by_text("We have not seen your widget yet")).to_be_visible()

    with nora.context.expect_page() as opened:
        nora.get_by_role("link", name="Open the test page").click()
    chat = open_chat(opened.value)
    chat.get_by_label("Your message").fill("Does it work?")
    chat.get_by_label("Your message").press("Enter")
    expect(chat.locator(".message__state").last).to_have_text("Sent")

    expect(nora.get_by_text("The widget works on the test page")).to_be_visible(timeout=10_000)
    nora.get_by_role("link", name="Open the inbox").click()
    nora.get_by_role("link", name="Unassigned").click()
    nora.locator(".row__link", has_text="Does it work?").click()
    nora.locator(".composer textarea").fill("It does.")
    nora.locator(".composer textarea").press("Enter")
    expect(chat.get_by_text("It does.")).to_be_visible()


def test_the_short_name_follows_the_name_until_it_is_typed(newcomer):
    page = newcomer("nils@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    name, slug = page.get_by_label("Name of your organisation"), page.get_by_label("Short name for addresses")

    name.fill("Söhne & Co")
    expect(slug).to_have_value("sohne-co")
    slug.fill("mine")
    name.fill("Something else")

    expect(slug).to_have_value("mine")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ways_in_have_no_accessibility_fault_and_fit_a_phone(demo, open_context, scheme):
    # The checker brings a script of its own, which the pages' policy would refuse.
    page = open_context(color_scheme=scheme, viewport={"width": 360, "height": 740}, bypass_csp=True).new_page()

    for path in ("/signup/", "/sign-in/", "/confirm/", "/password/forgot/", "/password/reset/", "/invitation/"):
        page.goto(f"{demo['site_url']}{path}")
        assert Axe().run(page).response["violations"] == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_without_scripts_the_code_is_pasted_by_hand(demo, open_context):
    page = open_context(java_script_enabled=False).new_page()

    page.goto(f"{demo['site_url']}/confirm/")

    expect(page.get_by_label("Code from the mail")).to_be_visible()
