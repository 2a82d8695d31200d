"""The shared vectors: texts with what must be masked in them, marked by hand, and clean ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compliance.masking import MaskingPolicy, Utterance, mask, mask_conversation
from compliance.masking.twin import advice

LINES = Path(__file__).with_name("vectors.jsonl").read_text(encoding="utf-8").splitlines()
VECTORS: list[dict[str, Any]] = [json.loads(line) for line in LINES]
ALL = MaskingPolicy.named("all")


#: Each test reads a part of them, so that what fails is told without a test for every line.
PARTS = [VECTORS[at : at + 120] for at in range(0, len(VECTORS), 120)]


def faults(vectors: list[dict[str, Any]], fault_of: Callable[[dict[str, Any]], str]) -> dict[str, str]:
    """What is wrong, by the texts that it is wrong with."""
    found = {" | ".join(message["text"] for message in vector["messages"]): fault_of(vector) for vector in vectors}
    return {text: fault for text, fault in found.items() if fault}


@pytest.mark.parametrize("vectors", PARTS)
def test_what_is_marked_is_masked_and_nothing_else(vectors):
    def fault(vector):
        messages = [Utterance(message["by"], message["text"]) for message in vector["messages"]]
        outcomes = mask_conversation(messages, ALL)
        found = [(n, f.start, f.end, f.entity) for n, outcome in enumerate(outcomes) for f in outcome.findings]
        for number, start, end, entity in vector["spans"]:
            over = [f for f in found if f[0] == number and f[1] < end and start < f[2]]
            covered = {at for f in over for at in range(f[1], f[2])}
            if entity not in {f[3] for f in over}:
                return f"{entity} is not found"
            if not all(at in covered for at in range(start, end) if messages[number].text[at].isalnum()):
                return f"{entity} is masked in part"
        for number, start, end, entity in found:
            if not any(s[0] == number and s[1] < end and start < s[2] for s in vector["spans"]):
                return f"{entity} is found where there is none"
        return ""

    assert faults(vectors, fault) == {}


@pytest.mark.parametrize("vectors", PARTS)
def test_masking_again_changes_nothing(vectors):
    def fault(vector):
        for message in vector["messages"]:
            once = mask(message["text"], ALL)
            if (twice := mask(once.text, ALL)).text != once.text:
                return twice.text
        return ""

    assert faults(vectors, fault) == {}


@pytest.mark.parametrize("vectors", PARTS)
def test_the_twins_spans_in_the_vectors_are_what_the_engine_advises(vectors):
    def fault(vector):
        told = [[list(span) for span in advice(message["text"])] for message in vector["messages"]]
        return "" if told == vector["twin"] else str(told)

    assert faults(vectors, fault) == {}
