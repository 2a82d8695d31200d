"""Ada at her desk, on the whole product: keys, a phone, drafts, an absence."""

from playwright.sync_api import expect

from tests.browser.people import DESK, SSN, answer, open_conversation
from tests.browser.visiting import faults

PHONE = {"width": 360, "height": 740}


def test_an_open_conversation_goes_on_out_of_sight_and_is_there_again_with_its_draft(workspace, shopper):
    ada = workspace()
    shopper.write("Stove draft test")
    open_conversation(ada, "Stove draft test")
    ada.locator(".composer textarea").fill("half a tho")
    row = ada.locator(".row[data-row]", has=ada.locator("[aria-current]"))
    row_id = row.get_attribute("id")

    ada.locator(".row__link:not([aria-current])").first.click()
    expect(ada.locator(".composer textarea")).to_have_value("")
    shopper.write("Stove again")
    expect(ada.locator(f"#{row_id} .row__line")).to_have_text("Stove again")
    expect(ada.locator(f"#{row_id} .row__unread")).to_have_text("1 unread")
    # Opened already, so nothing is asked for.
    ada.route("**/conversations/*/?queue=*", lambda route: route.abort())
    ada.locator(f"#{row_id} .row__link").click()

    expect(ada.locator(".conversation .message__body")).to_have_text(["Stove draft test", "Stove again"])
    expect(ada.locator(".composer textarea")).to_have_value("half a tho")
    expect(ada.locator(f"#{row_id} .row__unread")).to_be_hidden()


def test_the_keyboard_alone_is_enough(workspace, shopper):
    ada = workspace()
    shopper.write("Keys question")
    expect(ada.locator("#rows")).to_contain_text("Keys question")

    ada.keyboard.press("/")
    ada.keyboard.type("keys question")
    expect(ada.locator(".row:visible")).to_have_count(1)
    ada.keyboard.press("Tab")
    ada.keyboard.press("Enter")
    expect(ada.locator(".composer textarea")).to_be_focused()
    ada.keyboard.type("Answer by keys")
    ada.keyboard.press("Enter")
    expect(shopper.bubbles.last).to_have_text("Answer by keys")
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")
    expect(ada.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    ada.get_by_label("Use single-key shortcuts").uncheck()
    ada.keyboard.press("Escape")
    ada.keyboard.press("?")

    expect(ada.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_on_a_phone_one_column_at_a_time_and_a_way_back(workspace, shopper, desk, open_context):
    phone = open_context(storage_state=desk.storage_state(), viewport=PHONE, is_mobile=True, has_touch=True)
    ada = workspace(phone.new_page())
    shopper.write("Phone test")

    ada.locator(".row__link", has_text="Phone test").click()
    expect(ada.locator(".conversation")).to_be_visible()
    expect(ada.locator(".inbox")).to_be_hidden()
    assert ada.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    ada.get_by_label("Back to the list").click()

    expect(ada.locator(".inbox")).to_be_visible()


def test_the_workspace_has_no_accessibility_fault(workspace, shopper):
    ada = workspace()
    shopper.write(f"Axe, my SSN is {SSN}")
    open_conversation(ada, "Axe, my SSN is")
    ada.locator(".kind--note").click()
    answer(ada, "a note")
    expect(ada.locator(".message--note")).to_be_visible()
    ada.get_by_label("More").click()

    for scheme in ("light", "dark"):
        assert faults(ada, scheme) == [], scheme


def test_a_page_locks_while_nobody_is_there_and_the_password_gives_all_back(workspace, demo, desk, open_context, watch):
    # A request that is under way when the clock jumps has waited too long.
    watch.expect("/sign-in/locked/", "htmx:error: timeout")
    ada = next(person for person in demo["people"] if person["name"] == "Ada")
    page = workspace(open_context(storage_state=desk.storage_state(), viewport=DESK).new_page())
    page.clock.install()
    page.reload()
    page.locator("#rows .row__link").first.click()
    composer = page.locator("textarea").first
    composer.fill("I was just about to say")
    page.keyboard.press("End")
    lock, warning = page.get_by_role("dialog", name="Locked while you were away"), page.locator("[data-idle-warning]")

    page.clock.fast_forward("07:59:30")
    expect(warning).to_contain_text("locked in 0:")
    page.keyboard.press("Shift")
    expect(warning).to_be_hidden()
    expect(lock).to_be_hidden()
    page.clock.fast_forward("08:00:10")

    expect(lock).to_be_visible()
    expect(composer).to_be_hidden()
    page.keyboard.press("Escape")
    lock.get_by_label("Password").fill("not the password")
    lock.get_by_role("button", name="Unlock").click()
    expect(lock.get_by_role("alert")).to_have_text("This is not your password.")
    lock.get_by_label("Password").fill(ada["password"])
    lock.get_by_role("button", name="Unlock").click()
    expect(lock).to_be_hidden()
    expect(composer).to_have_value("I was just about to say")
