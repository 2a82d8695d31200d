# ruff: noqa: RUF001, E501  letters that look alike and wide tables are the point
"""What holds for every text: offsets, fixed points, no surprise."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.masking import (
    ENTITIES,
    POLICY_NAMES,
    Context,
    ForgedMaskedTextError,
    MaskedText,
    MaskingPolicy,
    engine,
    mask,
)
from compliance.masking.fold import fold

PIECES = [
    "4111", " 1111", "-1111", "4111 1111 1111 1111", "12/27", "cvv ", "123", "ssn ", "123-45-6789", "de89", "370400440532013000",
    "password: ", "hunter2!", "dob ", "01/02/1990", "a@b.example", " at ", "[cvv]", "[card •••• 1111]", "[", "]", "１", "٣", "①",
    "\u200b", "\ud800", "\ue000", "🙂", "one ", "two ", "double ", "passport ", "X1234567", "my pin is ", "\n", " ", ",", "x", "O", "l",
]  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
POLICIES = st.sampled_from(POLICY_NAMES).map(MaskingPolicy.named)


@settings(max_examples=400, deadline=None)
@given(TEXTS, POLICIES)
def test_any_text_is_masked_to_a_fixed_point(text, policy):
    once = mask(text, policy)

    again = mask(once.text, policy)

    assert again.text == once.text
    assert again.findings == ()


@settings(max_examples=400, deadline=None)
@given(TEXTS, POLICIES)
def test_findings_say_where_values_were_and_placeholders_are(text, policy):
    masked = mask(text, policy)

    rebuilt, at, masked_at = [], 0, 0
    for finding in masked.findings:
        assert at <= finding.start < finding.end <= len(text)
        assert masked_at <= finding.masked_start < finding.masked_end <= len(masked.text)
        assert finding.entity in ENTITIES
        rebuilt += [text[at : finding.start], masked.text[finding.masked_start : finding.masked_end]]
        at, masked_at = finding.end, finding.masked_end
    assert "".join([*rebuilt, text[at:]]) == masked.text


@given(st.text())
def test_folding_maps_every_character_back(text):
    view = fold(text)

    for index in range(len(view.text)):
        start, end = view.original(index, index + 1)
        assert 0 <= start < end <= len(text)


@pytest.mark.parametrize(
    "piece", ["4111 ", "1 ", "card 4111-1111 ", "a@", "one two ", "12/27 ", "passport 123456 ", "4"]
)
def test_time_grows_with_length_and_not_faster(piece, monkeypatch):
    # Growth alone is asked for here, at twice the longest message; a loaded machine is not to cut it short.
    monkeypatch.setattr(engine, "DEADLINE_NS", 10**10)
    policy = MaskingPolicy.named("all")

    def spent(length):
        text = (piece * length)[:length]
        begun = time.thread_time()
        mask(text, policy)
        return time.thread_time() - begun

    spent(2000)
    short = min(spent(4000) for _ in range(3))
    long = min(spent(16000) for _ in range(3))

    assert long < 12 * short + 0.01


def test_only_the_engine_makes_a_masked_text():
    with pytest.raises(ForgedMaskedTextError):
        MaskedText("4111 1111 1111 1111")


def test_a_clean_text_is_returned_as_it_is():
    masked = mask("Where is my parcel?", MaskingPolicy.named("all"))

    assert masked.text == "Where is my parcel?"
    assert masked.findings == ()
    assert masked.masked_with == MaskingPolicy.named("all").fingerprint


def test_names_from_the_profile_are_masked():
    context = Context(names=["Zoë Müller"])

    assert mask("this is zoe muller", MaskingPolicy.named("all"), context).text == "this is [name]"
    assert mask("this is zoe muller", MaskingPolicy.named("default"), context).text == "this is zoe muller"


def test_a_typed_placeholder_hides_nothing_behind_it():
    masked = mask("[card •••• 4111] 4111 1111 1111 1111 [card 5555555555554444]", MaskingPolicy.named("default"))

    assert masked.text == "[card •••• 4111] [card •••• 1111] [card [card •••• 4444]]"


def test_keys_in_a_row_with_nothing_between_them_are_masked_for_good():
    """Each one but the first comes to stand alone only when the one before is masked."""
    once = mask("AKIA" * 300, MaskingPolicy.named("all"))

    assert "AKIA" not in once.text
    assert mask(once.text, MaskingPolicy.named("all")).text == once.text
