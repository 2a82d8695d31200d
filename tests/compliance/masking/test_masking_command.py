# ruff: noqa: E501  letters that look alike and wide tables are the point
"""`manage.py mask`: JSON lines in, JSON lines out."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from compliance.masking import ENTITIES, MaskingPolicy
from compliance.masking.command import mask_lines

ROOT = Path(__file__).resolve().parents[3]


def run(*lines: bytes, policy: str = "all"):
    out, err = io.StringIO(), io.StringIO()
    bad = mask_lines(lines, MaskingPolicy.named(policy), out, err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue(), bad


def test_a_conversation_comes_back_masked_with_spans_of_the_original():
    line = json.dumps(
        {"id": "a", "messages": ["my card is 4111 1111", {"by": "agent", "text": "go on"}, "🙂 1111 1111"]}
    )

    answers, _, bad = run(line.encode())

    assert bad == 0
    assert answers == [
        {
            "id": "a",
            "masked": ["my card is [card •••• 1111]", "go on", "🙂 [card •••• 1111]"],
            "spans": [
                {"msg": 0, "start": 11, "end": 20, "entity": "CARD"},
                {"msg": 2, "start": 2, "end": 11, "entity": "CARD"},
            ],
        }
    ]


@pytest.mark.parametrize(
    "line",
    [
        b"{", b"[]", b'"x"', b'{"id": 1, "messages": []}', b'{"id": "a"}', b'{"id": "a", "messages": [1]}', b"\xff\xfe",
        b'{"id": "a", "messages": [{"by": "bot", "text": "x"}]}', b'{"id": "a", "messages": [{"by": "agent"}]}', b"[" * 100_000,
    ],
)  # fmt: skip
def test_a_malformed_line_is_reported_by_number_and_the_rest_goes_on(line):
    good = b'{"id": "b", "messages": ["cvv 123"]}\n'

    answers, errors, bad = run(good, line + b"\n", good)

    assert bad == 1
    assert errors.startswith("line 2: ")
    assert [answer["masked"] for answer in answers] == [["cvv [cvv]"]] * 2


@pytest.mark.parametrize(
    "text", ["", "\ud800", "\x00", "a" * 200_000, "4" * 100_000, "card 4111-1111 " * 2000, "\u0301" * 500]
)
def test_strange_texts_are_no_trouble(text):
    answers, _, bad = run(json.dumps({"id": "x", "messages": [text]}).encode())

    assert bad == 0
    assert len(answers[0]["masked"]) == 1


def test_the_command_runs_without_settings_or_database():
    lines = b'{"id": "a", "messages": ["mail a@b.example, card 4111111111111111"]}\nnonsense\n'

    done = subprocess.run(
        [sys.executable, "manage.py", "mask"], cwd=ROOT, input=lines, capture_output=True, check=False
    )

    assert done.returncode == 1
    assert json.loads(done.stdout)["masked"] == ["mail a@b.example, card [card •••• 1111]"]
    assert b"line 2" in done.stderr


def test_the_entities_are_the_closed_list():
    done = subprocess.run(
        [sys.executable, "manage.py", "mask", "--entities"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == list(ENTITIES)
