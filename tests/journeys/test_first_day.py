"""A business's first day, in a real browser: from the landing page to the first conversation, unseen by others."""

import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.site import Site
from tests.factories.words import new_word
from tests.journeys.enrolling import enrol
from tests.journeys.people import Window, link_in, newest_mail
from tests.journeys.visitor import Visitor
from tests.support.demo import Demo

# In words: one in digits does not leave the browser at all.
CARD: Final = "five five five five, five five five five, five five five five, four four four four"
PASSWORD: Final = "quiet-harbour-lamp-73"
OpenContext = Callable[..., BrowserContext]


@pytest.fixture
def asked() -> list[str]:
    """Every address that any window asks for, as a server or a log may see it."""
    return []


@pytest.fixture
def window(open_context: OpenContext, asked: list[str]) -> Callable[[], Page]:
    """A person's own browser."""

    def open_window() -> Page:
        context = open_context(viewport={"width": 1280, "height": 900})
        context.on("request", lambda request: asked.append(request.url.partition("#")[0]))
        context.on("websocket", lambda socket: asked.append(socket.url))
        return context.new_page()

    return open_window


def open_mailed_link(demo: Demo, page: Page, to: str) -> None:
    """Follow the newest mail's link, as it is clicked on the page of caught mail."""
    page.goto(f"{demo.server.origin}/demo/mail/")
    mail = page.locator("article", has_text=f"To {to}").first
    mail.get_by_role("link", name="Open the link in this mail").click()


def sign_up(demo: Demo, page: Page, organisation: str) -> str:
    """From the landing page to the first-run page; returns the organisation's short name."""
    email = f"owner@{organisation.lower()}.example"
    page.goto(demo.server.origin)
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Your name").fill("Rosa")
    page.get_by_label("Work e-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/signup/sent/")
    open_mailed_link(demo, page, email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name of your organisation").fill(organisation)
    page.get_by_label("Where your data is kept").select_option("eu")
    page.get_by_role("button", name="Open the organisation").click()
    enrol(page)
    page.wait_for_url("**/start/")
    found = re.search(r"/o/([^/]+)/start/", page.url)
    assert found
    return found.group(1)


def allow_site(page: Page, origin: str) -> str:
    """Say where the chat may appear; returns the line for that site."""
    page.locator("form[action$='/sites/'] input[type=text], form[action$='/sites/'] input[type=url]").fill(origin)
    page.get_by_role("button", name="Allow this site").click()
    expect(page.locator("code", has_text=origin).first).to_be_visible()
    found = re.search(r"<script async[^>]*></script>", page.locator("main").inner_text())
    assert found
    return found.group(0)


def invite(demo: Demo, owner: Page, slug: str, email: str) -> None:
    owner.goto(f"{demo.server.origin}/o/{slug}/settings/people/")
    owner.get_by_label("Their work e-mail").fill(email)
    owner.get_by_role("button", name="Send invitation").click()
    expect(owner.get_by_text(f"on its way to {email}")).to_be_visible()


def join(demo: Demo, page: Page, email: str) -> None:
    """Follow an invitation as someone new; returns in the inbox."""
    open_mailed_link(demo, page, email)
    page.get_by_label("Your name").fill("Theo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    enrol(page)
    page.wait_for_url("**/inbox/**")


def say(agent: Page, text: str) -> None:
    box = agent.locator(".composer textarea")
    box.fill(text)
    box.press("Enter")
    expect(agent.locator(".conversation .message__body", has_text=text)).to_be_visible()


def test_a_business_signs_up_and_answers_its_first_visitor(demo, window, site: Site, watch, mallory, asked):
    # A row that has just left its queue is asked for once more, and is not there.
    watch.expect("/inbox/rows/")
    name = f"Meadow{new_word()}"
    colleague = f"theo@{name.lower()}.example"
    owner, agent = window(), window()

    slug = sign_up(demo, owner, name)
    visitor = see_the_widget(owner, window(), site)
    invite(demo, owner, slug, colleague)
    join(demo, agent, colleague)
    conversation = ask_with_a_card(visitor, agent)
    answer_and_resolve(agent, visitor)
    reopen(demo, agent, conversation)

    expect(visitor.box).to_be_visible()
    visitor.page.reload()
    visitor.open()
    visitor.write("After a reload")
    expect(visitor.bubbles).to_have_count(3)
    expect(agent.locator(".conversation .message__body").last).to_have_text("After a reload")
    agent.reload()
    expect(agent.locator(".conversation .message__body")).to_have_count(4)
    expect_nothing_for(mallory, slug, conversation)
    expect_no_secret_in(asked, demo, colleague)


def see_the_widget(owner: Page, page: Page, site: Site) -> Visitor:
    """Put the chat on the owner's site; the first-run page notices when someone opens it there."""
    shop = site.address("", "shop")
    line = allow_site(owner, shop)
    site.put("/own-shop", f"<!doctype html><html lang=en><title>Meadow</title><h1>Meadow</h1>{line}</html>")
    assert "We have seen your widget" not in owner.inner_text("main")
    visitor = Visitor(page, site.address("/own-shop", "shop"))
    expect(owner.locator("#widget-seen")).to_contain_text(f"We have seen your widget on {shop}", timeout=10_000)
    return visitor


def ask_with_a_card(visitor: Visitor, agent: Page) -> str:
    """The card is hidden on both sides; returns the conversation's path."""
    visitor.write(f"Take {CARD} please, from Meadow")
    expect(visitor.state).to_have_text("Sent")
    row = agent.locator(".row__link", has_text="from Meadow")
    conversation = row.get_attribute("href")
    row.click()
    expect(agent.locator(".conversation .masked")).to_contain_text("4444")
    assert CARD not in agent.content()
    assert CARD not in visitor.chat.content()
    assert conversation
    return conversation


def answer_and_resolve(agent: Page, visitor: Visitor) -> None:
    """A reply, a note that the visitor never sees, and the end."""
    say(agent, "Please pay by the link.")
    agent.locator(".kind--note").click()
    say(agent, "Looks honest.")
    expect(visitor.bubbles).to_have_count(2)
    agent.locator("form[data-verb=take] button").click()
    expect(agent.locator(".head__verbs")).to_contain_text("You")
    agent.locator("form[data-verb=resolve] button").click()
    expect(visitor.chat.get_by_text("This conversation is resolved.")).to_be_visible()


def reopen(demo: Demo, agent: Page, conversation: str) -> None:
    agent.goto(f"{demo.server.origin}{conversation}")
    agent.locator("form[data-verb=reopen] button").click()


def expect_nothing_for(stranger: Window, slug: str, conversation: str) -> None:
    """Every address of the organisation answers a stranger as if it were not there."""
    unknown = stranger.get("/o/no-such-organisation/inbox/")
    for path in (
        f"/o/{slug}/inbox/", f"/o/{slug}/inbox/rows/", f"/o/{slug}/start/", f"/o/{slug}/settings/",
        f"/o/{slug}/settings/people/", conversation, conversation.replace(f"/o/{slug}/", "/o/globex/"),
    ):  # fmt: skip
        answer = stranger.get(path)
        assert answer.status_code == 404, path
        assert slug not in answer.text.replace(path, "")
        assert len(answer.text) == pytest.approx(len(unknown.text), abs=200)


def expect_no_secret_in(asked: list[str], demo: Demo, email: str) -> None:
    """No mailed token, no address and no password was part of any address or log."""
    token = link_in(newest_mail(demo, email)).partition("#")[2]
    assert len(token) > 20
    seen = "\n".join([*asked, *demo.logs().values()])
    assert [secret for secret in (token, email, quote(email), PASSWORD, CARD, "from Meadow") if secret in seen] == []
    assert any("/invitation/" in address for address in asked)
