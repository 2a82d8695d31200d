"""An operator's pages as a browser shows them: the stock admin, with what of ours stands in it."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.people import Window

#: Taller than any line of text.
TALL_PX = 40


@pytest.fixture
def admin(demo, open_context) -> Page:
    """The admin, to an operator who has just signed in."""
    window, origin = Window(demo.server).sign_in(demo.facts["operator"]), demo.server.origin
    context, host = open_context(), origin.replace("http:", "https:")
    context.add_cookies(
        [{"name": name, "value": value, "url": host, "secure": True} for name, value in window.cookies.items()]
    )
    page = context.new_page()
    page.goto(f"{origin}/admin/")
    return page


def test_closing_an_organisation_is_a_page_of_the_admin_like_any_other(admin):
    admin.get_by_role("link", name="Organisations", exact=True).first.click()
    admin.get_by_role("link", name="Acme", exact=True).click()
    admin.get_by_role("link", name="Close this organisation").click()

    told = admin.get_by_text("You confirmed that it is you")
    expect(told).to_be_visible()
    assert told.locator("svg").bounding_box()["height"] < TALL_PX
    expect(admin.get_by_role("button", name="Close Acme")).to_be_in_viewport()
