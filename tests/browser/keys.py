"""Keys and text for a frame of another site."""

from typing import Final

from playwright.sync_api import Locator

TRIES: Final = 400
PAUSE_MS: Final = 25


def await_keys(box: Locator) -> None:
    """Wait until what is typed reaches `box`, which has the focus, or its document.

    A frame of another site runs in a process of its own: the focus it takes is known there a moment before the browser
    sends it the keys, and a text entered in that moment goes nowhere.
    """
    box.evaluate("box => box.addEventListener('keydown', () => box.dataset.hears = 'keys', { once: true })")
    for _ in range(TRIES):
        box.page.keyboard.press("Shift")
        if box.get_attribute("data-hears"):
            return
        box.page.wait_for_timeout(PAUSE_MS)
    raise AssertionError("keys never reached the frame")
