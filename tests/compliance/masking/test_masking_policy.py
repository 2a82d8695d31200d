"""What an organisation can choose, and what it can't."""

from dataclasses import replace

import pytest

from compliance.masking import ENTITIES, POLICY_NAMES, RULE_SET, Level, MaskingPolicy, RuleRefusedError, mask
from compliance.masking.custom import MAX_SOURCE_LENGTH, CustomRule, ExemptPattern, check_sample
from compliance.masking.entities import PRIORITY

DEFAULT = MaskingPolicy.named("default")


@pytest.mark.parametrize("entity", ["CARD", "CVV", "TRACK", "PIN"])
def test_the_card_class_cannot_be_switched_off(entity):
    policy = DEFAULT.with_levels(**{entity: Level.OFF})

    assert policy.is_on(entity)


@pytest.mark.parametrize("entity", ["EMAIL", "PHONE", "ADDRESS", "NAME", "IP"])
def test_default_leaves_contact_details_and_hipaa_masks_them(entity):
    assert not DEFAULT.is_on(entity)
    assert MaskingPolicy.named("hipaa").is_on(entity)


def test_every_policy_has_a_fingerprint_of_its_own_that_names_the_rule_set():
    fingerprints = {MaskingPolicy.named(name).fingerprint for name in POLICY_NAMES if name != "hipaa"}

    assert len(fingerprints) == len(POLICY_NAMES) - 1
    assert all(fingerprint.startswith(RULE_SET.split("+")[0]) for fingerprint in fingerprints)
    assert replace(DEFAULT, revision=1).fingerprint != DEFAULT.fingerprint


def test_every_entity_has_a_rank():
    assert set(ENTITIES) <= set(PRIORITY)


def test_strict_takes_what_balanced_leaves():
    text = "87 12 34"

    assert mask("sku 12-3456789", DEFAULT).findings == ()
    assert mask(text, DEFAULT.with_levels(SSN=Level.STRICT)).text == text


def test_a_custom_rule_masks_what_it_matches():
    policy = replace(DEFAULT, rules=(CustomRule("employee id", "EMP-[0-9]{4}"),))

    assert mask("I am EMP-1234, ok", policy).text == "I am [masked: employee id], ok"
    assert mask(mask("EMP-1234", policy).text, policy).text == "[masked: employee id]"


@pytest.mark.parametrize("source", ["", "x*", "(?=a)", "a{0,3}", "(", "a" * (MAX_SOURCE_LENGTH + 1), r"(a)\1"])
def test_a_pattern_that_is_empty_backtracks_or_matches_nothing_is_refused(source):
    with pytest.raises(RuleRefusedError):
        CustomRule("rule", source)


def test_a_rule_that_matches_too_much_of_a_sample_is_refused():
    with pytest.raises(RuleRefusedError):
        check_sample(CustomRule("rule", "e"), ["hello", "there", "sir"])


def test_own_ids_can_be_exempt_but_not_after_a_word_for_a_card():
    policy = replace(DEFAULT, exempt=(ExemptPattern("ORD[0-9]+"),))

    assert mask("ORD4111111111111111", DEFAULT).text == "ORD[card •••• 1111]"
    assert mask("ORD4111111111111111", policy).text == "ORD4111111111111111"
    assert mask("card ORD4111111111111111", policy).text == "card ORD[card •••• 1111]"


def test_a_pattern_that_exempts_bare_card_numbers_is_refused():
    with pytest.raises(RuleRefusedError):
        ExemptPattern("[0-9]+")
