"""What an organisation may choose, and that no way of choosing gives less than the modes demand."""

from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import modes
from compliance.masking import CARD_CLASS, ENTITIES, Level, MaskingPolicy, RuleRefusedError, mask
from compliance.masking.policy import REGIONS
from compliance.masking_choice import MaskingChoice, OwnRule, admit_exempt
from tenants import policies
from tenants.models import ModeState, Tenant

MODES = list(product((False, True), repeat=2))
CARDS = ("4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904")


def organisation(hipaa=False, pci=False):
    state = {True: ModeState.ON, False: ModeState.OFF}
    return Tenant(hipaa_state=state[hipaa], pci_state=state[pci])


def row(**fields):
    return SimpleNamespace(**{"levels": {}, "regions_off": [], "exempt": [], "rules": [], **fields})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*ENTITIES, *Level, *REGIONS]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
patterns = st.sampled_from(
    ["[0-9]+", "^[0-9]+$", "^(ORD)?[0-9]+$", "^ORD[0-9]+$", "^ORD|[0-9]+$", "^SO[0-9]{14,}$", "4[0-9]{15}", ".*"]
)
rows = st.builds(
    row,
    levels=anything | st.dictionaries(st.sampled_from(ENTITIES), st.sampled_from(["off", "balanced", "strict", "no"])),
    regions_off=anything | st.lists(st.sampled_from(sorted(REGIONS)), max_size=30),
    exempt=anything | st.lists(patterns | st.text(max_size=12), max_size=5),
    rules=anything | st.lists(st.fixed_dictionaries({"name": st.text(max_size=5), "pattern": patterns}), max_size=4),
)


@given(stored=rows, hipaa=st.booleans(), pci=st.booleans())
def test_whatever_is_stored_nothing_in_force_is_below_a_floor(stored, hipaa, pci):
    tenant = organisation(hipaa, pci)
    policy = modes.masking_policy(tenant, MaskingChoice.of(stored), revision=1)

    for mode in policies.modes_on(tenant):
        floor = modes.MASKING_FLOORS[mode]
        assert all(
            policy.threshold(entity) <= MaskingPolicy("", floor.levels).threshold(entity) for entity in floor.levels
        )
        assert policy.regions >= floor.regions
        assert floor.allows_exempt or policy.exempt == ()
    assert all(policy.is_on(entity) for entity in CARD_CLASS)
    assert not any(pattern.pattern.fullmatch(card) for pattern in policy.exempt for card in CARDS)
    assert mask("4111 1111 1111 1111", policy).text == "[card •••• 1111]"


@pytest.mark.parametrize(("hipaa", "pci"), MODES)
def test_without_a_choice_the_policy_is_that_of_the_modes(hipaa, pci):
    tenant = organisation(hipaa, pci)
    chosen = modes.masking_policy(tenant, MaskingChoice())

    assert chosen.fingerprint == modes.masking_policy(tenant).fingerprint


def test_contact_details_can_be_masked_and_passports_left():
    policy = modes.masking_policy(
        organisation(), MaskingChoice(levels={"EMAIL": Level.BALANCED, "PASSPORT": Level.OFF}), revision=3
    )

    assert mask("a@b.example", policy).text == "[email]"
    assert mask("passport 925076473", policy).text == "passport 925076473"
    assert mask("passport 925076473", MaskingPolicy.named("default")).text == "passport [passport]"
    assert policy.revision == 3


def test_hipaa_lifts_what_was_switched_off_and_lets_own_ids_rest():
    chosen = MaskingChoice(levels={"SSN": Level.OFF, "MRN": Level.STRICT}, exempt=("^PAT-[0-9]+$",))
    policy = modes.masking_policy(organisation(hipaa=True), chosen)

    assert policy.is_on("SSN")
    assert policy.threshold("MRN") < MaskingPolicy.named("hipaa").threshold("MRN")
    assert policy.exempt == ()
    assert modes.exempt_held_by(organisation(hipaa=True)) == ("hipaa",)


def test_pci_holds_the_card_class_strict_and_leaves_the_rest_to_choose():
    chosen = MaskingChoice(levels={"CARD": Level.BALANCED, "IMEI": Level.OFF})
    policy = modes.masking_policy(organisation(pci=True), chosen)

    assert policy.threshold("CARD") == MaskingPolicy.named("pci").threshold("CARD")
    assert not policy.is_on("IMEI")
    assert modes.masking_hold(organisation(pci=True), "CARD").held_by == ("pci",)
    assert modes.masking_hold(organisation(pci=True), "IMEI").least == Level.OFF


def test_a_region_pack_that_is_off_takes_its_ids_and_phone_numbers_with_it():
    policy = modes.masking_policy(organisation(), MaskingChoice(regions_off=frozenset({"IT", "UK"})))
    text = "RSSMRA85T10A562S"

    assert {"IT", "UK"}.isdisjoint(policy.regions)
    assert {"IT", "GB"}.isdisjoint(policy.phone_regions)
    assert mask(text, policy).text == text
    assert mask(text, MaskingPolicy.named("default")).text == "[national id]"


def test_a_rule_that_is_off_masks_nothing():
    rules = (OwnRule("employee id", "EMP-[0-9]{4}"), OwnRule("badge", "BDG-[0-9]{4}", is_on=False))
    policy = modes.masking_policy(organisation(), MaskingChoice(rules=rules))

    assert mask("EMP-1234 BDG-1234", policy).text == "[masked: employee id] BDG-1234"


@pytest.mark.parametrize("source", ["^ORD[0-9]+$", "^INV-2024-[0-9]{6}$", "^CASE/[0-9]+$", "^TCK_?[0-9]{4,}$"])
def test_an_own_id_with_a_fixed_beginning_is_admitted(source):
    assert admit_exempt(source).source == source


@pytest.mark.parametrize(
    "source",
    [
        "", "ORD[0-9]+", "^ORD[0-9]+", "^[0-9]+$", "^O[0-9]+$", "^OR?[0-9]+$", "^OR{0,1}[0-9]+$", "^(ORD)?[0-9]+$",
        "^ORD[0-9]+$|[0-9]+$", "^ORD(?i)x$", r"^ORD\Q|$", "^SO[0-9]+$", "^lOl[0-9]+$", "^4111[0-9]+$", r"^ORD\$",
        "^ORD[0-9]+$\n[0-9]+$", "^ORD" + "[0-9]" * 60 + "$",
    ],
)  # fmt: skip
def test_a_pattern_that_could_let_a_card_through_is_refused(source):
    with pytest.raises(RuleRefusedError):
        admit_exempt(source)


@pytest.mark.parametrize("pci", [False, True])
def test_an_own_id_never_exempts_what_stands_behind_a_word_for_a_card_nor_a_code(pci):
    chosen = MaskingChoice(exempt=("^ORD[0-9]+$", "^visa[0-9]+$"))
    policy = modes.masking_policy(organisation(pci=pci), chosen)

    assert mask("ORD4111111111111111", policy).text == "ORD4111111111111111"
    assert mask("card ORD4111111111111111", policy).text == "card ORD[card •••• 1111]"
    assert mask("visa4111111111111111", policy).text == "visa[card •••• 1111]"
    assert mask("4111111111111111 cvv ORD123", policy).text.startswith("[card •••• 1111]")


def test_what_is_stored_is_read_back_as_it_was():
    chosen = MaskingChoice(
        {"EMAIL": Level.STRICT}, frozenset({"BR"}), ("^ORD[0-9]+$",), (OwnRule("badge", "BDG[0-9]+", is_on=False),)
    )

    assert MaskingChoice.of(row(**chosen.stored())) == chosen
