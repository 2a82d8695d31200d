"""PostgreSQL goes away while a visitor is typing: their window keeps what they wrote."""

from playwright.sync_api import expect

from tests.journeys.visitor import Visitor


def test_what_is_written_while_postgresql_is_away_waits_and_is_delivered_once(demo, open_context, watch, ada):
    # What the browser itself notes about an answer that asks it to come back.
    watch.expect("503 (Service Unavailable)")
    visitor = Visitor(open_context().new_page(), demo.facts["shop_url"])
    visitor.write("Before the fall")
    expect(visitor.state).to_have_text("Sent")

    with demo.without("PostgreSQL"):
        visitor.write("While it was away")
        expect(visitor.state).not_to_have_text("Sent")
        expect(visitor.state).to_contain_text("Waiting")
    expect(visitor.state).to_have_text("Sent", timeout=30_000)
    visitor.page.reload()
    visitor.open()

    expect(visitor.bubbles).to_have_text(["Before the fall", "While it was away"])
    page = ada.get("/o/acme/inbox/?queue=open").text
    assert page.count("While it was away") == 1


def test_what_is_written_while_the_server_is_away_waits_and_is_delivered_once(demo, open_context, watch):
    watch.expect("ERR_CONNECTION_REFUSED", "WebSocket connection")
    visitor = Visitor(open_context().new_page(), demo.facts["shop_url"])
    visitor.write("Before the fall")
    expect(visitor.state).to_have_text("Sent")

    with demo.without("web"):
        visitor.write("Into the dark")
        expect(visitor.state).to_contain_text("Waiting")
    expect(visitor.state).to_have_text("Sent", timeout=40_000)
    visitor.page.reload()
    visitor.open()

    expect(visitor.bubbles).to_have_text(["Before the fall", "Into the dark"])
