"""What is measured inside the page: when something is painted, by the clock that all processes share."""

from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page

# After the frame in which it is drawn has been made: a message to oneself waits for that.
PAINTED: Final = """
window.painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const {port1, port2} = new MessageChannel();
    port1.onmessage = () => resolve(performance.timeOrigin + performance.now());
    port2.postMessage(0);
}));
"""
# Every text with a time in it counts once: in the open conversation, or as the last line of a row.
WATCH: Final = (
    PAINTED
    + r"""
window.latencies = [];
const known = new Set();
const time = (letters) => Number([...letters].map((one) => "abcdefghij".indexOf(one)).join(""));
const SENT = /zz([a-j]{13})/g;
const look = async (nodes) => {
    const at = [];
    for (const node of nodes) {
        for (const [, letters] of (node.textContent ?? "").matchAll(SENT)) {
            if (!known.has(letters)) { known.add(letters); at.push(letters); }
        }
    }
    if (!at.length) return;
    const now = await painted();
    for (const letters of at) latencies.push(now - time(letters));
};
addEventListener("DOMContentLoaded", () => {
    new MutationObserver((records) => look(records.flatMap((record) => [...record.addedNodes])))
        .observe(document.body, {subtree: true, childList: true, characterData: true});
});
"""
)
# When a text is painted within the window, counted from when the page was asked for.
FIRST_PAINT: Final = (
    PAINTED
    + """
const isSeen = (text) => {
    for (const each of document.querySelectorAll(".message__body")) {
        if (each.textContent.trim() !== text) continue;
        const {top, bottom} = each.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
    }
    return false;
};
window.seen = (text) => new Promise((resolve) => {
    const look = () => (isSeen(text) ? painted().then(resolve) : requestAnimationFrame(look));
    look();
});
window.firstPaint = async (text) => (await seen(text)) - performance.timeOrigin;
window.paintAfterClick = async (link, text) => {
    const began = performance.timeOrigin + performance.now();
    link.click();
    return (await seen(text)) - began;
};
"""
)


def context_of(browser: Browser, host: str, cookie: str, script: str, **options: Any) -> BrowserContext:
    """A profile in which a member is signed in already."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)
    if cookie:
        name, value = cookie.split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": f"https://{host}/", "secure": True}])
    context.add_init_script(script)
    return context


def open_all(page: Page, address: str, conversations: list[str]) -> None:
    """Open every conversation from the list, one after the other."""
    page.goto(address)
    for conversation in conversations:
        page.evaluate("id => document.querySelector(`#row-${id} .row__link`).click()", conversation)
        page.wait_for_selector(f'[data-conversation="{conversation}"]')
