"""A detector breaks while people talk: nothing gets through unmasked, nothing is lost, and all else goes on."""

import sys
import time

import pytest
from playwright.sync_api import expect

from tests.journeys.people import accepted
from tests.journeys.visitor import agree
from tests.support.lever_file import pull
from tests.support.server import ROOT, running
from tests.support.sockets import Browser

# In words: one in digits does not leave the browser at all.
DIGITS = "four one one one"
CARD = f"my card is {DIGITS}, one one one one, one one one one, one one one one"
RECOVERED_WITHIN_S = 10


@pytest.fixture(scope="module")
def lever(tmp_path_factory):
    return tmp_path_factory.mktemp("lever") / "says.json"


@pytest.fixture(scope="module")
def breakable(demo, lever):
    """Another server of the demo's, with a lever on it."""

    def command(port):
        app = "tests.support.lever:application"
        return [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--no-access-log", "--log-level", "warning"]

    data = demo.data
    with running(
        command, LEVER=str(lever), DEMO="true", HUSHDESK_DATA_DIR=str(data.path), DATABASE_URL=data.database_url(),
        KEYS_DATABASE_URL=data.keys_database_url(), REDIS_URL=data.redis_url(), PYTHONPATH=str(ROOT), measured=False,
    ) as server:  # fmt: skip
        yield server


@pytest.fixture(autouse=True)
def _mended(lever):
    yield
    pull(lever)


def test_a_card_is_kept_by_the_browser_until_the_detector_is_back_while_other_messages_go_on(
    demo, breakable, lever, ada, open_context, watch
):
    watch.expect("favicon.ico")
    pull(lever, broken=["card"])
    page = open_context().new_page()
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    page.goto(f"{breakable.origin}/w/{demo.widget_key('Acme')}/")
    agree(page)
    expect(page.locator(".composer__send")).to_be_enabled()

    page.get_by_label("Your message").fill(CARD)
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".message__state").first).to_have_text("Being checked…")
    page.get_by_label("Your message").fill("Is anybody there?")
    page.get_by_label("Your message").press("Enter")
    expect(page.locator(".message__state", has_text="Sent")).to_have_count(1)
    rows = ada.get("/o/acme/inbox/").text
    assert "Is anybody there?" in rows
    assert DIGITS not in rows
    expect(page.locator(".message__state", has_text="Being checked…")).to_have_count(1)

    pull(lever)
    mended = time.monotonic()
    stored = page.locator(".message--visitor[data-sequence]")
    expect(stored).to_have_count(2, timeout=RECOVERED_WITHIN_S * 1000)
    assert time.monotonic() - mended < RECOVERED_WITHIN_S
    expect(page.locator(".message__body", has_text="card •••• 1111")).to_have_count(1)
    assert "card •••• 1111" in ada.get("/o/acme/inbox/").text.replace("[", "")
    tries = [frame for frame in sent if '"message.post"' in frame and DIGITS in frame]
    assert len(tries) >= 2
    assert len({frame.split('"client_id":"')[1][:36] for frame in tries}) == 1
    assert DIGITS not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")


def test_a_detector_that_takes_too_long_lets_nothing_through_either(demo, breakable, lever):
    vera = Browser(breakable, demo.widget_key("Acme"))
    with vera.connect() as chat:
        conversation = vera.start(chat)
        pull(lever, late=["card"])
        client_id = chat.post(conversation, CARD)
        refused = chat.expect("error", client_id=client_id)
        assert (refused["code"], refused["retry_ms"]) == ("being_checked", 3000)
        chat.say(conversation, "And something else meanwhile.")
        pull(lever)

        chat.post(conversation, CARD, client_id=client_id)

        assert chat.expect("message.acknowledged", client_id=client_id)["sequence"] == 2


def test_a_broken_detector_of_personal_data_masks_too_much_rather_than_too_little(demo, breakable, lever, ada):
    vera = Browser(breakable, demo.widget_key("Acme"))
    with vera.connect() as chat, ada.agent_socket("acme") as agent:
        conversation = vera.start(chat)
        agent.send("conversation.follow", conversation=conversation, after_sequence=0)
        agent.expect("conversation.resumed")
        pull(lever, broken=["birth"])

        accepted(chat, conversation, "born 01/02/1990, ref 7771234, mail a@b.example")

        assert agent.expect("message.posted")["text"] == "born [masked], ref [masked], mail [masked]"
