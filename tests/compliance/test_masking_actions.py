"""Who may change what an organisation masks, what is kept of it, and when it holds."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Barrier

import pytest
from django.db import DatabaseError, connections, transaction

from compliance import audit_events, rule_sets
from compliance.actions import masking
from compliance.actions.masking import BelowFloorError, MaskingChangedError, UnknownRevisionError
from compliance.masking import CARD_CLASS, Level, MaskingPolicy, RuleRefusedError, mask
from compliance.masking.custom import MAX_RULES
from compliance.masking.policy import REGIONS
from compliance.masking_choice import MAX_EXEMPT, MaskingChoice, OwnRule
from compliance.models import MaskingRevision
from tenants.actors import Actor
from tenants.permissions import NotPermittedError
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.modes import switch_mode
from tests.factories.tenants import make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_olive(acme, olive, now):
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


def in_force(tenant):
    rule_sets.forget(tenant.id)
    return rule_sets.current(tenant)


def stored(tenant):
    with tenant_scope(tenant):
        return list(MaskingRevision.objects.order_by("number"))


def hipaa(tenant, operator, now, *, on=True):
    switch_mode(tenant=tenant, mode="hipaa", on=on, reason="A clinic", actor=Actor.operator(operator), now=now)


def test_a_level_that_is_set_masks_the_next_text_under_a_new_rule_set(acme, by_olive):
    before = in_force(acme)
    revision = masking.set_levels(levels={"EMAIL": Level.BALANCED}, **by_olive)
    after = in_force(acme)

    assert mask("a@b.example", before.policy).text == "a@b.example"
    assert mask("a@b.example", after.policy).text == "[email]"
    assert (after.number, after.policy.revision) == (before.number + 1, revision.number)


@pytest.mark.django_db(transaction=True)
def test_a_change_holds_in_this_process_as_soon_as_it_is_committed(acme, by_olive):
    rule_sets.current(acme)
    masking.set_levels(levels={"EMAIL": Level.BALANCED}, **by_olive)

    assert rule_sets.current(acme).policy.is_on("EMAIL")


def test_asking_again_gives_the_same_policy_so_that_its_plan_is_made_once(acme, by_olive):
    masking.set_levels(levels={"EMAIL": Level.BALANCED}, **by_olive)

    assert in_force(acme).policy is in_force(acme).policy


def test_each_change_is_audited_with_who_and_what_but_no_pattern(acme, olive, by_olive, trail, now):
    masking.add_rule(name="badge", pattern="BDG-[0-9]{5}", sample=[], **by_olive)

    (entry,) = trail(acme, audit_events.MASKING_CHANGED)
    assert (entry.actor_id, entry.at) == (olive.id, now)
    assert entry.facts == {"revision": 1, "what": "rule added", "rule": "badge"}


def test_what_changes_nothing_is_no_revision(acme, by_olive, trail):
    assert masking.set_levels(levels={"SSN": Level.BALANCED}, **by_olive) is None
    assert masking.remove_rule(name="none", **by_olive) is None
    assert masking.set_regions(regions=REGIONS, **by_olive) is None
    assert (stored(acme), trail(acme, audit_events.MASKING_CHANGED)) == ([], [])


def test_going_back_is_a_revision_too_and_brings_all_of_it_back(acme, by_olive, trail):
    masking.set_levels(levels={"EMAIL": Level.STRICT}, **by_olive)
    masking.add_exempt(source="^ORD[0-9]+$", **by_olive)
    masking.set_levels(levels={"EMAIL": Level.OFF}, **by_olive)
    masking.go_back(number=1, **by_olive)

    *_, last = stored(acme)
    assert (last.number, last.restores) == (4, 1)
    assert MaskingChoice.of(last) == MaskingChoice(levels={"EMAIL": Level.STRICT})
    assert trail(acme, audit_events.MASKING_CHANGED)[-1].facts == {"revision": 4, "what": "went back", "restores": 1}
    masking.go_back(number=0, **by_olive)
    assert MaskingChoice.of(stored(acme)[-1]) == MaskingChoice()


def test_there_is_no_going_back_to_what_never_was(acme, globex, by_olive):
    with pytest.raises(UnknownRevisionError):
        masking.go_back(number=7, **by_olive)


@pytest.mark.parametrize("entity", sorted(CARD_CLASS))
def test_the_card_class_cannot_be_switched_off(acme, by_olive, entity):
    with pytest.raises(BelowFloorError):
        masking.set_levels(levels={entity: Level.OFF}, **by_olive)


def test_a_mode_refuses_what_is_below_it_and_lifts_what_was_chosen_before(acme, by_olive, oscar, now):
    masking.set_levels(levels={"SSN": Level.OFF}, **by_olive)
    masking.set_regions(regions=REGIONS - {"BR"}, **by_olive)
    masking.add_exempt(source="^PAT-[0-9]+$", **by_olive)
    hipaa(acme, oscar, now)

    policy = in_force(acme).policy
    assert policy.is_on("SSN")
    assert (policy.regions, policy.exempt) == (REGIONS, ())
    with pytest.raises(BelowFloorError):
        masking.set_levels(levels={"MRN": Level.OFF}, **by_olive)
    with pytest.raises(BelowFloorError):
        masking.set_regions(regions=REGIONS - {"IN"}, **by_olive)
    hipaa(acme, oscar, now, on=False)
    assert not in_force(acme).policy.is_on("SSN")


def test_a_page_that_is_out_of_date_changes_nothing(acme, by_olive):
    masking.set_levels(levels={"EMAIL": Level.STRICT}, based_on=0, **by_olive)

    with pytest.raises(MaskingChangedError):
        masking.set_levels(levels={"PHONE": Level.STRICT}, based_on=0, **by_olive)
    assert len(stored(acme)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_both_count(acme, olive, now):
    together = Barrier(2)

    def decide(entity):
        try:
            together.wait()
            actor = Actor.member(olive)
            masking.set_levels(tenant=acme, levels={entity: Level.STRICT}, actor=actor, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(decide, ("EMAIL", "PHONE")))

    *_, last = stored(acme)
    assert (last.number, set(last.levels)) == (2, {"EMAIL", "PHONE"})


def test_a_rule_is_replaced_by_its_name_switched_off_and_removed(acme, by_olive):
    masking.add_rule(name="badge", pattern="BDG-[0-9]{5}", sample=[], **by_olive)
    masking.add_rule(name="badge", pattern="BDG-[0-9]{6}", sample=["My badge is BDG-123456"], **by_olive)
    assert MaskingChoice.of(stored(acme)[-1]).rules == (OwnRule("badge", "BDG-[0-9]{6}"),)

    masking.switch_rule(name="badge", on=False, **by_olive)
    assert in_force(acme).policy.rules == ()
    masking.remove_rule(name="badge", **by_olive)
    assert MaskingChoice.of(stored(acme)[-1]) == MaskingChoice()


@pytest.mark.parametrize("pattern", ["[0-9]+", "[a-z]{4,}", "e", ".+", "x*", "(a)\\1", "a\nb"])
def test_a_rule_that_matches_too_much_or_nothing_is_refused(acme, by_olive, pattern):
    with pytest.raises(RuleRefusedError):
        masking.add_rule(name="wide", pattern=pattern, sample=[], **by_olive)
    assert stored(acme) == []


def test_a_rule_that_matches_most_of_ones_own_sample_is_refused_and_says_how_much(by_olive):
    sample = [f"ticket QX{n} please" for n in range(9)] + ["hello"]

    with pytest.raises(RuleRefusedError, match=r"9 of 10 lines of your sample \(90%\)"):
        masking.add_rule(name="ticket", pattern="QX[0-9]", sample=sample, **by_olive)


def test_there_is_a_most_of_rules_and_of_exempt_patterns(acme, by_olive):
    with tenant_scope(acme):
        MaskingRevision.objects.create(
            tenant=acme, number=1, actor_kind="member", created_at=by_olive["now"],
            exempt=[f"^ORD-{n}$" for n in range(MAX_EXEMPT)],
            rules=[{"name": f"rule {'x' * n}"[:30], "pattern": f"QX{n}", "on": True} for n in range(MAX_RULES)],
        )  # fmt: skip

    with pytest.raises(RuleRefusedError, match="50 rules already"):
        masking.add_rule(name="one more", pattern="QX77", sample=[], **by_olive)
    with pytest.raises(RuleRefusedError, match="50 already"):
        masking.add_exempt(source="^TCK[0-9]+$", **by_olive)


CHANGES = [
    (masking.set_levels, {"levels": {"EMAIL": Level.STRICT}}),
    (masking.set_regions, {"regions": ["US"]}),
    (masking.add_exempt, {"source": "^ORD[0-9]+$"}),
    (masking.remove_exempt, {"source": "^ORD[0-9]+$"}),
    (masking.add_rule, {"name": "badge", "pattern": "BDG-[0-9]{5}", "sample": []}),
    (masking.switch_rule, {"name": "badge", "on": False}),
    (masking.remove_rule, {"name": "badge"}),
    (masking.go_back, {"number": 0}),
]


def test_neither_an_agent_nor_an_outsider_nor_the_system_may_change_it(acme, ada, sam, mallory, now):
    for actor, (change, arguments) in product(
        (Actor.member(ada), Actor.member(sam), Actor.member(mallory), Actor.system()), CHANGES
    ):
        with pytest.raises(NotPermittedError):
            change(tenant=acme, actor=actor, now=now, **arguments)
    assert stored(acme) == []


def test_a_compliance_officer_and_an_operator_may(acme, oscar, now):
    officer = make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)

    masking.set_levels(tenant=acme, levels={"EMAIL": Level.STRICT}, actor=Actor.member(officer), now=now)
    masking.set_levels(tenant=acme, levels={"PHONE": Level.STRICT}, actor=Actor.operator(oscar), now=now)

    assert [row.actor_kind for row in stored(acme)] == ["member", "operator"]


def test_what_globex_chooses_does_not_touch_acme(acme, globex, now, oscar):
    masking.set_levels(tenant=globex, levels={"EMAIL": Level.STRICT}, actor=Actor.operator(oscar), now=now)

    assert in_force(acme).policy.fingerprint == MaskingPolicy.named("default").fingerprint


REFUSED = [
    *({"levels": {entity: "off"}} for entity in sorted(CARD_CLASS)),
    {"levels": {"EMAIL": "none"}},
    {"levels": {"EMAIL": 1}},
    {"exempt": ["[0-9]+"]},
    {"exempt": ["^ORD[0-9]+$", "^[0-9]{16}$"]},
    {"exempt": ["^ORD[0-9]+$|4[0-9]{15}$"]},
    {"exempt": ["^OR?[0-9]+$"]},
    {"exempt": [f"^ORD-{n}$" for n in range(MAX_EXEMPT + 1)]},
    {"exempt": {}},
    {"rules": [{"name": "a", "pattern": "b"}] * (MAX_RULES + 1)},
    {"number": 0},
]


def test_the_database_refuses_what_no_action_would_store(acme, now):
    for fields in REFUSED:
        row = {"number": 1, "actor_kind": "system", "created_at": now, **fields}
        with tenant_scope(acme), pytest.raises(DatabaseError), transaction.atomic():
            MaskingRevision.objects.create(tenant=acme, **row)
    assert stored(acme) == []


def test_a_revision_cannot_be_changed_afterwards(acme, by_olive):
    masking.set_levels(levels={"EMAIL": Level.STRICT}, **by_olive)

    with tenant_scope(acme), pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        MaskingRevision.objects.update(levels={})


def test_what_the_shell_could_store_past_the_actions_is_left_out_when_it_is_read(acme, oscar, now):
    with tenant_scope(acme):
        MaskingRevision.objects.create(
            tenant=acme, number=1, actor_kind="system", created_at=now, levels={"SSN": "off", "NONE": "off"},
            regions_off=[*REGIONS], exempt=["^SO[0-9]+$", "^ORD($"],
            rules=[{"name": "1", "pattern": "x"}, {"name": "b", "pattern": ".*"}, "x", {"name": "ok", "pattern": "QX"}],
        )  # fmt: skip
    hipaa(acme, oscar, now)
    policy = in_force(acme).policy

    assert policy.is_on("SSN")
    assert (policy.regions, policy.exempt) == (REGIONS, ())
    assert [rule.name for rule in policy.rules] == ["ok"]
