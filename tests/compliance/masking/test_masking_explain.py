"""What is told about a text is what happens to it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.masking import POLICY_NAMES, Context, DetectorFailedError, Level, MaskingPolicy, Utterance, mask
from compliance.masking.cards import CardDetector
from compliance.masking.custom import CustomRule, ExemptPattern
from compliance.masking.explain import Fate, explain
from tests.pausing import unmeasured

DEFAULT = MaskingPolicy.named("default")
VECTORS = [
    json.loads(line) for line in Path(__file__).with_name("vectors.jsonl").read_text(encoding="utf-8").splitlines()
]
OWN = replace(DEFAULT, exempt=(ExemptPattern("^ORD[0-9]+$"),), rules=(CustomRule("badge", "BDG-?[0-9]{4}"),))


def holds(text, policy, context=None):
    told = explain(text, policy, context)

    assert told.masked == mask(text, policy, context or Context())
    masked = [each for step in told.steps for each in step.considered if each.fate == Fate.MASKED]
    assert sorted((each.entity, each.detector) for each in masked) == sorted(
        (finding.entity, finding.detector) for finding in told.masked.findings
    )
    for step in told.steps:
        for each in step.considered:
            assert step.text[each.start : each.end] == each.text
            assert (each.fate == Fate.MASKED) <= (each.score >= each.threshold)


@pytest.mark.parametrize("policy", [MaskingPolicy.named("all"), DEFAULT, OWN], ids=["all", "default", "own"])
def test_on_every_vector_what_is_told_is_what_mask_does(policy):
    # Thousands of texts, thrice: what runs under a policy that leaves less to do runs under that of all as well.
    on_text = holds if policy.name == "all" else unmeasured(holds)
    for vector in VECTORS:
        said = []
        for message in vector["messages"]:
            by, text = ("visitor", message) if isinstance(message, str) else (message["by"], message["text"])
            on_text(text, policy, Context(by, said[-6:]))
            said.append(Utterance(by, text))


@settings(deadline=None)
@given(
    text=st.text(st.sampled_from("0123456789 -ORDBGcvpin@.:[]•\u200b\uff11é")),
    policy=st.sampled_from([*map(MaskingPolicy.named, POLICY_NAMES), OWN]),
)
def test_on_any_text_what_is_told_is_what_mask_does(text, policy):
    holds(text, policy)


def considered(text, policy=DEFAULT, context=None):
    return [each for step in explain(text, policy, context).steps for each in step.considered]


def fates(text, policy=DEFAULT, context=None):
    return {(each.entity, each.fate) for each in considered(text, policy, context)}


def test_a_card_is_told_with_its_check_and_its_word():
    (card,) = considered("my card is 4111 1111 1111 1111")

    assert (card.fate, card.passes, card.words_for) == (Fate.MASKED, True, ("card",))
    assert card.score >= card.threshold


def test_what_is_switched_off_is_told_as_such():
    assert fates("write to a@b.example") == {("EMAIL", Fate.OFF)}
    assert ("PASSPORT", Fate.OFF) in fates("passport 925076473", DEFAULT.with_levels(PASSPORT=Level.OFF))


def test_what_scored_too_little_is_told_with_the_words_against_it():
    (number,) = [each for each in considered("order number 123456789, passport: 925076473") if each.text == "123456789"]

    assert number.fate == Fate.TOO_LITTLE
    assert number.score < number.threshold
    assert number.words_against == ("order number",)


def test_a_region_pack_that_is_off_is_named_as_the_reason():
    assert ("NATID", Fate.REGION_OFF) in fates("RSSMRA85T10A562S", replace(DEFAULT, regions=frozenset({"US"})))


def test_an_exempt_id_is_told_as_exempt():
    assert ("CARD", Fate.EXEMPT) in fates("ORD4111111111111111", OWN)


def test_an_overlap_tells_what_took_the_place():
    told = [each for each in considered("card 4111 1111 1111 1111 cvv 123") if each.fate == Fate.OVERLAPPED]

    assert {(each.entity, each.beaten_by) for each in told} == {("CVV", "CVV")}


def test_a_number_that_nothing_believed_in_is_told_with_what_a_card_would_need():
    (number,) = explain("order 4111 1111 1111 1112", DEFAULT).numbers

    assert (number.digits, number.passes_luhn, number.is_issued, number.words_against) == (16, False, True, ("order",))


def test_digits_of_another_script_are_told_as_they_were_read():
    told = explain("\uff11\uff12\uff13", DEFAULT)

    assert (told.is_folded, told.folded) == (True, "123")


def test_a_question_before_it_counts():
    context = Context("visitor", [Utterance("agent", "What's your social?")])

    (number,) = considered("536904399", DEFAULT, context)
    assert (number.fate, number.words_for) == (Fate.MASKED, ("social",))


def test_a_detector_that_fails_is_not_explained_away(monkeypatch):
    monkeypatch.setattr(CardDetector, "find", lambda *_: 1 / 0)

    with pytest.raises(DetectorFailedError):
        explain("4111 1111 1111 1111", DEFAULT)
