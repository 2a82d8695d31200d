"""What is kept of a text is its shape and words that stand in the product, never a value; and what a hand can mask."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.masking import MaskingPolicy, mask
from compliance.masking.by_hand import mask_by_hand
from compliance.masking.lexicon import rulebook
from compliance.masking.shapes import AROUND, MAX_VALUE, kept_of, shape_of

LEXICON = " ".join(fragment for fragments in rulebook()["lexicon"].values() for fragment in fragments)
TEXTS = [
    message["text"]
    for line in Path(__file__).with_name("vectors.jsonl").read_text(encoding="utf-8").splitlines()
    for message in json.loads(line)["messages"]
]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("EMP-12345", "AAA-99999"),
        ("José Müller", "Aaaa Aaaaaa"),
        ("\u0663\uff11\u2460", "999"),
        ("\u0416\u0436 \u5317\u4eac", "Aa aa"),
        ("a\tb\nc", "a a a"),
        ("\U0001f600\u200b\u00a7", "???"),
        ("x@y.zz/1", "a@a.aa/9"),
    ],
)
def test_a_shape_has_digits_as_nine_and_letters_as_a(text, shape):
    assert shape_of(text) == shape


def test_words_of_the_lexicon_stay_around_a_span_and_nothing_else_does():
    text = "Hi, Zbigniew here, my passport is ZX-4711-B and my card follows"
    start = text.index("ZX")

    kept = kept_of(text, start, start + 9)

    assert (kept.before, kept.value) == ("Aa, Aaaaaaaa aaaa, aa passport aa ", "AA-9999-A")
    assert (kept.after, kept.words) == (" aaa aa card aaaaaaa", ("passport", "card"))


def test_a_placeholder_near_it_stays_without_its_last_four():
    text = "[card •••• 1111] and 99-12"

    assert kept_of(text, 21, 26).before == "[card] aaa "


def test_a_placeholder_at_the_edge_is_kept_whole():
    text = "EMP-1" + " " * (AROUND - 5) + "[card •••• 1111] and more"

    assert kept_of(text, 0, 5).after.endswith(" [card]")


def test_a_long_span_and_a_long_text_are_cut():
    kept = kept_of("x" * 500 + "9" * 500 + "y" * 500, 500, 1000)

    assert (len(kept.before), len(kept.value), len(kept.after)) == (AROUND, MAX_VALUE, AROUND)


def holds_nothing_but_shape(text, start, end):
    kept = kept_of(text, start, end)
    whole = f"{kept.before}\n{kept.value}\n{kept.after}"
    words = set(re.findall(r"[^\W\d_]+", whole)) | set(kept.words)

    assert set(re.findall(r"\d", whole)) <= {"9"}
    assert set(re.findall(r"[^\W\d_]+", kept.value)) <= set(re.findall(r"[aA]+", kept.value))
    assert all(not word.strip("aA") or word in LEXICON for word in words)


def test_of_every_vector_only_shape_and_lexicon_are_kept():
    for text in TEXTS:
        for start in range(0, len(text), 7):
            holds_nothing_but_shape(text, start, min(len(text), start + 9))


@given(text=st.text(max_size=200), at=st.integers(0, 200), length=st.integers(1, 40))
def test_of_any_text_only_shape_and_lexicon_are_kept(text, at, length):
    holds_nothing_but_shape(text, min(at, len(text)), min(at + length, len(text)))


def test_a_span_pointed_at_is_masked_and_its_finding_tells_where():
    masked = mask_by_hand("I am EMP-12345, ok", [(5, 14)], "OTHER")

    assert masked.text == "I am [masked], ok"
    (finding,) = masked.findings
    assert (finding.entity, finding.start, finding.end, finding.detector) == ("OTHER", 5, 14, "report")
    assert masked.text[finding.masked_start : finding.masked_end] == "[masked]"


@pytest.mark.parametrize(
    ("text", "entity", "masked"),
    [
        ("4111 1111 1111 1112", "CARD", "[card •••• 1112]"),
        ("4111 11", "CARD", "[masked]"),
        ("536 90 4399", "SSN", "[ssn]"),
        ("NL91 ABNA 0417", "IBAN", "[iban NL •• 0417]"),
        ("555 0100", "PHONE", "[phone •• 00]"),
        ("x", "NONE", "[masked]"),
    ],
)
def test_the_placeholder_is_that_of_what_it_is_said_to_be(text, entity, masked):
    assert mask_by_hand(text, [(0, len(text))], entity).text == masked


def test_what_is_hidden_already_is_left_and_the_rest_of_the_span_is_masked():
    text = "name [email] and 12"

    assert mask_by_hand(text, [(0, len(text))], "OTHER").text == "[masked][email][masked]"
    assert mask_by_hand(text, [(5, 12)], "OTHER").text == text


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("ab 19[]•x@é\U0001f600"), max_size=60),
    spans=st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=4),
)
def test_whatever_is_pointed_at_the_rest_stays_and_masking_again_changes_nothing(text, spans):
    policy = MaskingPolicy.named("default")
    stored = mask(text, policy).text

    masked = mask_by_hand(stored, spans, "OTHER")

    assert (
        mask_by_hand(masked.text, [(f.masked_start, f.masked_end) for f in masked.findings], "OTHER").text
        == masked.text
    )
    rest = stored
    for finding in reversed(masked.findings):
        rest = rest[: finding.start] + "[masked]" + rest[finding.end :]
    assert rest == masked.text
