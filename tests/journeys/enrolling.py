"""The first sign-in, in a real browser."""

from playwright.sync_api import Page

from tests.journeys.people import code_of


def enrol(page: Page) -> None:
    """Set up an authenticator app, give its first code, and leave the backup codes for later."""
    page.get_by_text("Set up an app").click()
    secret = page.locator("[data-secret]").get_attribute("data-secret")
    page.get_by_label("Six-digit code").fill(code_of(secret))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("link", name="Not now").click()
