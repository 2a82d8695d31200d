"""A real Chromium: what it keeps of a message once it is acknowledged, and what it is sent."""

from tests.browser.conftest import BROWSER_OPTIONS, browser_path
from tests.proofs.canaries.service import Service
from tests.proofs.canaries.values import Canary

STORED = """async () => {
  const databases = await indexedDB.databases();
  return JSON.stringify([{...localStorage}, {...sessionStorage}, databases, document.cookie]);
}"""


def in_a_browser(service: Service, canaries: list[Canary]) -> None:
    """Say them in the widget; look at its storage, its page and its frames once all are sent."""
    from playwright.sync_api import expect, sync_playwright

    options = [one for one in BROWSER_OPTIONS if not one.startswith("--user-data-dir")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=options, ignore_default_args=True)
        try:
            page = browser.new_page()
            frames: list[str] = []
            page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: frames.append(str(frame))))
            page.goto(f"{service.server.origin}/w/{service.widget_key}/")
            # They come once their script does.
            if page.locator("[data-part=questions]").count():
                # By the keyboard: the notice, which comes a moment later, moves what a pointer aims at.
                page.get_by_role("button", name="Start the chat").press("Enter")
            for number, canary in enumerate(canaries, 1):
                page.get_by_label("Your message").fill(canary.text)
                page.get_by_label("Your message").press("Enter")
                said, held = page.locator(".message--visitor[data-sequence]"), page.get_by_text("so it was not sent")
                expect(said.nth(number - 1).or_(held)).to_be_visible(timeout=15_000)
                if held.is_visible():
                    page.get_by_role("button", name="Remove").click()
                    page.get_by_label("Your message").press("Enter")
                expect(said).to_have_count(number, timeout=15_000)
            service.show("storage of a browser", page.evaluate(STORED))
            service.show("storage of a browser", page.inner_text("body"))
            for frame in frames:
                service.show("frames in a browser", frame)
        finally:
            browser.close()
