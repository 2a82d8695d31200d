"""The page of figures is written from a run's result."""

from xml.etree import ElementTree as ET

from tests.bench.chat import page
from tests.bench.chat.run import HOLDS

RESULT = {
    **dict.fromkeys((*page.HOLDS, *(name for _, *names in page.RUNS for name in names if name)), 1.5),
    "p50_ms": 1.0,
    "p95_ms": 2.0,
    "p99_ms": 3.0,
    "mask_and_seal_us": 20.0,
    "ceiling_per_s": 3000,
    "no_database_per_s": 3500,
    "stock_per_s": 500,
    "missed": ["cpu_vs_floor"],
}


def test_every_figure_to_hold_is_on_the_page_with_what_was_measured():
    told = page.figures(RESULT)

    assert page.HOLDS.keys() == HOLDS.keys() - {"tenants", "errors"}
    assert "| `cpu_vs_floor` | ≤ 2.2 | 1.5 | missed |" in told
    assert "| `ceiling_vs_stock` | ≥ 5 | 1.5 | held |" in told
    assert "p50 1.0, p95 2.0, p99 3.0 ms" in told


def test_the_chart_shows_and_tells_the_same():
    drawn = ET.fromstring(page.chart(RESULT))  # noqa: S314 (our own)

    assert drawn.get("aria-label") == "Messages a second: no database 3,500, the chat 3,000, stock consumer 500"
    widths = [int(bar.get("width")) for bar in drawn.findall("{http://www.w3.org/2000/svg}rect")[1:]]
    assert widths == [380, 326, 54]


def test_the_page_has_a_place_for_them():
    assert page.PLACE.search(page.PAGE.read_text(encoding="utf-8"))
