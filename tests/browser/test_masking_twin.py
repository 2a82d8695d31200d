"""The browser's twin of the masking engine gives the same spans as the engine, and is small."""

import gzip
import json
from pathlib import Path

from tests.browser.site import ROOT

SHARED = ROOT / "chat" / "static" / "chat" / "shared"
VECTORS = ROOT / "tests" / "compliance" / "masking" / "vectors.jsonl"
RULES_BYTES = 10 * 1024


def vectors() -> list[dict]:
    return [json.loads(line) for line in Path(VECTORS).read_text(encoding="utf-8").splitlines()]


def test_the_twin_and_the_engine_give_the_same_spans_on_all_vectors(run_js):
    pairs = [
        (message["text"], spans)
        for vector in vectors()
        for message, spans in zip(vector["messages"], vector["twin"], strict=True)
    ]

    found = run_js(
        "chat/shared/masking.js",
        """({findSensitive}, texts) =>
            texts.map((text) => findSensitive(text).map(({entity, start, end}) => [entity, start, end]))""",
        [text for text, _ in pairs],
    )

    differing = [text for (text, spans), got in zip(pairs, found, strict=True) if got != spans]
    assert differing == []


def test_places_are_counted_in_code_points_as_the_server_does(run_js):
    found = run_js(
        "chat/shared/masking.js",
        "({findSensitive}, text) => findSensitive(text).map(({entity, start, end}) => [entity, start, end])",
        "🙂 card \uff14\uff11\uff11\uff11 1111 1111 1111, cvv 123",
    )

    assert found == [["CARD", 7, 26], ["CVV", 32, 35]]


def test_the_widgets_share_of_the_rules_is_small():
    assert len(gzip.compress((SHARED / "masking-rules.js").read_bytes(), 9)) <= RULES_BYTES
