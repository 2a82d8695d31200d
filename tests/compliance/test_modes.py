from itertools import product

import pytest

from compliance import modes
from compliance.masking import CARD_CLASS, ENTITIES, MaskingPolicy, mask
from tenants import policies
from tenants.models import ModeState, Tenant
from tenants.policy_names import PLAINTEXT_EXPORT
from tenants.policy_table import POLICIES


def organisation(hipaa=False, pci=False):
    state = {True: ModeState.ON, False: ModeState.OFF}
    return Tenant(hipaa_state=state[hipaa], pci_state=state[pci])


def test_without_a_mode_the_default_holds_and_nothing_is_locked():
    rule = policies.effective(organisation(), PLAINTEXT_EXPORT)

    assert (rule.value, rule.is_locked, rule.clauses) == ("allowed", False, ())


@pytest.mark.parametrize(("hipaa", "pci", "held_by"), [(1, 0, ("hipaa",)), (0, 1, ("pci",)), (1, 1, ("hipaa", "pci"))])
def test_a_mode_refuses_plaintext_export_and_names_its_clause(hipaa, pci, held_by):
    rule = policies.effective(organisation(bool(hipaa), bool(pci)), PLAINTEXT_EXPORT)

    assert (rule.value, rule.held_by) == ("refused", held_by)
    assert len(rule.clauses) == len(held_by)


@pytest.mark.parametrize("key", POLICIES)
@pytest.mark.parametrize(("hipaa", "pci"), list(product((False, True), repeat=2)))
def test_no_choice_of_the_organisation_is_weaker_than_a_floor(key, hipaa, pci):
    policy = POLICIES[key]
    tenant = organisation(hipaa, pci)

    for chosen in policy.values:
        value = policy.strictness(policies.effective(tenant, key, chosen=chosen).value)
        assert value >= policy.strictness(chosen)
        floors = [policy.floors[mode] for mode in policies.modes_on(tenant) if mode in policy.floors]
        assert all(value >= policy.strictness(floor) for floor in floors)


def test_every_floor_and_default_is_a_value_of_its_setting_and_has_a_clause():
    for policy in POLICIES.values():
        assert {policy.default, *policy.floors.values()} <= set(policy.values)
        assert policy.floors.keys() <= policy.clauses.keys()
        assert policy.explanation


def test_both_modes_together_mask_what_either_does_at_its_stricter_level():
    both = modes.masking_policy(organisation(hipaa=True, pci=True))
    hipaa, pci = MaskingPolicy.named("hipaa"), MaskingPolicy.named("pci")

    for entity in ENTITIES:
        assert both.threshold(entity) == min(hipaa.threshold(entity), pci.threshold(entity))
    assert both.threshold("CARD") < hipaa.threshold("CARD")
    assert both.is_on("EMAIL")
    assert not pci.is_on("EMAIL")


@pytest.mark.parametrize(("hipaa", "pci"), list(product((False, True), repeat=2)))
def test_cards_are_masked_in_every_mode_and_in_none(hipaa, pci):
    policy = modes.masking_policy(organisation(hipaa, pci))

    assert all(policy.is_on(entity) for entity in CARD_CLASS)
    assert mask("card 4111 1111 1111 1111", policy).text == "card [card •••• 1111]"


def test_each_combination_of_modes_has_a_fingerprint_of_its_own():
    fingerprints = {
        modes.masking_policy(organisation(hipaa, pci)).fingerprint for hipaa, pci in product((False, True), repeat=2)
    }

    assert len(fingerprints) == 4


@pytest.mark.parametrize("key", POLICIES)
def test_the_value_alone_is_the_one_in_force(key):
    states = [(hipaa, pci) for hipaa in ModeState.values for pci in ModeState.values]
    for hipaa, pci in states:
        tenant = Tenant(hipaa_state=hipaa, pci_state=pci)
        for chosen in (None, "no such value", *POLICIES[key].values):
            assert policies.value_of(tenant, key, chosen) == policies.effective(tenant, key, chosen=chosen).value
