"""The shared vectors: texts with what must be masked in them, marked by hand, and clean ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from compliance.masking import MaskingPolicy, Utterance, mask, mask_conversation
from compliance.masking.twin import advice

LINES = Path(__file__).with_name("vectors.jsonl").read_text(encoding="utf-8").splitlines()
VECTORS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
ALL = MaskingPolicy.named("all")


def title(vector: dict[str, Any]) -> str:
    return " | ".join(message["text"] for message in vector["messages"])[:70]


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_what_is_marked_is_masked_and_nothing_else(vector):
    messages = [Utterance(message["by"], message["text"]) for message in vector["messages"]]

    outcomes = mask_conversation(messages, ALL)

    found = [(n, f.start, f.end, f.entity) for n, outcome in enumerate(outcomes) for f in outcome.findings]
    for number, start, end, entity in vector["spans"]:
        over = [f for f in found if f[0] == number and f[1] < end and start < f[2]]
        covered = {at for f in over for at in range(f[1], f[2])}
        assert entity in {f[3] for f in over}
        assert all(at in covered for at in range(start, end) if messages[number].text[at].isalnum())
    for number, start, end, entity in found:
        assert any(s[0] == number and s[1] < end and start < s[2] for s in vector["spans"]), entity


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_masking_again_changes_nothing(vector):
    for message in vector["messages"]:
        once = mask(message["text"], ALL)

        assert mask(once.text, ALL).text == once.text


@pytest.mark.parametrize("vector", VECTORS, ids=title)
def test_the_twins_spans_in_the_vectors_are_what_the_engine_advises(vector):
    for message, spans in zip(vector["messages"], vector["twin"], strict=True):
        assert [list(span) for span in advice(message["text"])] == spans
