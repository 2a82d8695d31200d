import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import Visitor


@pytest.mark.parametrize("n", range(14))
def test_s(demo, open_context, watch, n):
    v = Visitor(open_context(viewport={"width": 1280, "height": 900}).new_page(), demo.facts["shop_url"])
    v.write(f"Take 5555 5555 5555 4444 please, from Meadow {n}")
    try:
        expect(v.state).to_have_text("Sent")
    except AssertionError:
        print("FAULTS", watch.faults, [f.url for f in v.page.frames], v.chat.evaluate("document.activeElement?.outerHTML.slice(0,200)+' | '+sessionStorage.getItem('hushdesk.outbox')+' | '+document.readyState"), v.box.input_value())
        raise
