"""A rule set on trial: counted on what is stored and on live chats, then activated or dropped."""

from datetime import timedelta

import pytest

from chat.models import Message
from compliance import audit_events, masking_policies, proposals, releases, rescan, rule_sets, tasks, trials
from compliance.actions import masking
from compliance.actions import rule_sets as steps
from compliance.actions.rule_sets import NothingOnTrialError, OutdatedProposalError, ReleaseOnTrialError, UnchangedError
from compliance.masking import Level
from compliance.masking_choice import MaskingChoice
from compliance.models import JobKind, JobRun, JobState, ProposalState, RuleSet, RuleSetProposal
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db
CARD = "4111 1111 1111 1111"
ADDRESS = "write to vera@example.com"
MAIL_ON = MaskingChoice(levels={"EMAIL": Level.BALANCED})


@pytest.fixture
def by_olive(acme, olive, now):
    rule_sets.current(acme)
    return {"tenant": acme, "actor": Actor.member(olive), "now": now}


def dry_run(tenant, **options):
    return trials.dry_run(tenant.id, pause=lambda _: None, **options)


def fingerprint_of_messages(tenant):
    with tenant_scope(tenant):
        return sorted((row.id, bytes(row.body), row.masked_with) for row in Message.objects.all())


def proposal_of(tenant):
    with tenant_scope(tenant):
        return RuleSetProposal.objects.order_by("-proposed_at", "-id").first()


def counted(by_olive):
    """A policy that masks addresses, counted on what is stored."""
    steps.propose_policy(choice=MAIL_ON, **by_olive)
    return dry_run(by_olive["tenant"])


def new_release(tenant, rules="older rules"):
    """The rules that scanned what is stored were those of a release before this one."""
    rule_sets.forget()
    with tenant_scope(tenant):
        RuleSet.objects.create(
            tenant=tenant, number=1, fingerprint="older", rules=rules, profile="default", created_at=tenant.created_at
        )
    assert rule_sets.current(tenant).number == 2


def test_a_dry_run_counts_messages_per_kind_and_writes_nothing(acme, by_olive, now):
    store_conversation(acme, [ADDRESS, "a@b.example or c@d.example", "hello"], at=now)
    before = fingerprint_of_messages(acme)

    run = counted(by_olive)

    assert (run.state, run.total, run.looked_at, run.changed, run.counts) == (JobState.DONE, 3, 3, 2, {"EMAIL": 2})
    assert fingerprint_of_messages(acme) == before
    assert proposal_of(acme).state == ProposalState.COUNTED


def test_it_counts_numbers_split_over_messages_and_batches(acme, by_olive, now):
    store_conversation(acme, ["my card is 4111 1111", "1111 1111", "thanks"], at=now)

    steps.propose_policy(choice=MAIL_ON, **by_olive)
    run = dry_run(acme, batch_size=1)

    assert run.counts["CARD"] == 2


def test_a_dry_run_that_was_cut_short_goes_on_where_it_stopped(acme, by_olive, now):
    store_conversation(acme, [ADDRESS] * 6, at=now)
    steps.propose_policy(choice=MAIL_ON, **by_olive)

    class KilledError(Exception):
        pass

    def killed(_):
        raise KilledError

    with pytest.raises(KilledError):
        trials.dry_run(acme.id, batch_size=2, pause=killed)
    run = dry_run(acme, now=lambda: now + timedelta(hours=1))

    assert (run.looked_at, run.changed) == (6, 6)


def test_activating_it_masks_what_is_said_and_what_is_stored(acme, by_olive, texts_of, now, trail):
    conversation = store_conversation(acme, [ADDRESS], at=now)
    counted(by_olive)

    proposal = steps.activate(**by_olive)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    assert rule_sets.current(acme).policy.is_on("EMAIL")
    assert texts_of(conversation) == ["write to [email]"]
    assert (proposal.state, proposal.number) == (ProposalState.ACTIVE, 2)
    (entry,) = trail(acme, audit_events.RULE_SET_ACTIVATED)
    assert entry.facts == {"rule_set": 2, "origin": "policy", "by_itself": False}
    assert entry.actor_id == by_olive["actor"].id


def test_before_it_is_counted_it_cannot_be_activated(acme, by_olive):
    steps.propose_policy(choice=MAIL_ON, **by_olive)

    with pytest.raises(NothingOnTrialError):
        steps.activate(**by_olive)
    assert not rule_sets.current(acme).policy.is_on("EMAIL")


def test_what_was_changed_meanwhile_is_not_taken_back_by_activating(acme, by_olive, now):
    counted(by_olive)
    masking.set_levels(levels={"IP": Level.BALANCED}, **by_olive)

    with pytest.raises(OutdatedProposalError):
        steps.activate(**by_olive)
    with tenant_scope(acme):
        assert masking_policies.chosen(masking_policies.latest()).levels == {"IP": Level.BALANCED}


def test_dropping_it_leaves_everything_as_it_was(acme, by_olive, trail):
    counted(by_olive)

    steps.drop(**by_olive)

    assert proposal_of(acme).state == ProposalState.DROPPED
    assert not rule_sets.current(acme).policy.is_on("EMAIL")
    assert len(trail(acme, audit_events.RULE_SET_DROPPED)) == 1


def test_a_second_proposal_takes_the_place_of_the_first(acme, by_olive, now):
    store_conversation(acme, [ADDRESS, "10.0.0.1 is my ip address"], at=now)
    counted(by_olive)
    steps.propose_policy(choice=MaskingChoice(levels={"IP": Level.BALANCED}), **by_olive)

    run = dry_run(acme)

    assert run.counts == {"IP": 1}
    with tenant_scope(acme):
        assert sorted(RuleSetProposal.objects.values_list("state", flat=True)) == ["counted", "dropped"]


def test_what_holds_already_is_not_put_on_trial(by_olive):
    with pytest.raises(UnchangedError):
        steps.propose_policy(choice=MaskingChoice(), **by_olive)


@pytest.mark.parametrize("step", [steps.activate, steps.begin_shadow, steps.drop])
def test_an_agent_and_another_organisations_owner_decide_nothing(acme, by_olive, ada, mallory, now, step):
    counted(by_olive)

    for someone in (ada, mallory):
        with pytest.raises(NotPermittedError):
            step(tenant=acme, actor=Actor.member(someone), now=now)


# --- on live chats -----------------------------------------------------------------------------------------


def shadow(by_olive, now):
    counted(by_olive)
    steps.begin_shadow(**{**by_olive, "now": now - timedelta(minutes=5)})


def shadow_run(tenant):
    with tenant_scope(tenant):
        return JobRun.objects.get(kind=JobKind.SHADOW)


def test_it_is_counted_beside_the_active_set_on_what_is_said_from_then_on(acme, by_olive, now):
    shadow(by_olive, now)
    store_conversation(acme, [ADDRESS, "hello"], at=now)
    before = fingerprint_of_messages(acme)
    later = now + timedelta(minutes=1)

    assert trials.shadow_pass(acme.id, now=later)

    run = shadow_run(acme)
    assert (run.looked_at, run.changed, run.counts) == (2, 1, {"EMAIL": 1})
    assert fingerprint_of_messages(acme) == before


def test_what_was_counted_is_not_counted_again(acme, by_olive, now):
    shadow(by_olive, now)
    store_conversation(acme, [ADDRESS], at=now)
    for minute in (1, 2):
        trials.shadow_pass(acme.id, now=now + timedelta(minutes=minute))

    assert shadow_run(acme).looked_at == 1


def test_two_chains_of_passes_become_one(acme, by_olive, now):
    shadow(by_olive, now)
    later = now + timedelta(minutes=1)

    assert trials.shadow_pass(acme.id, now=later)
    assert not trials.shadow_pass(acme.id, now=later + timedelta(seconds=1))


def test_a_pass_looks_at_so_many_texts_and_no_more(acme, by_olive, now, monkeypatch):
    monkeypatch.setattr(trials, "SHADOW_LIMIT", 2)
    shadow(by_olive, now)
    store_conversation(acme, [ADDRESS] * 5, at=now)

    trials.shadow_pass(acme.id, now=now + timedelta(minutes=1))

    assert shadow_run(acme).looked_at == 2


def test_counting_ends_by_itself_when_nobody_decides(acme, by_olive, now):
    shadow(by_olive, now)

    assert not trials.shadow_pass(acme.id, now=now + trials.SHADOW_ENDS_AFTER)
    assert proposal_of(acme).state == ProposalState.COUNTED
    assert shadow_run(acme).state == JobState.DONE


def test_activating_ends_the_counting(acme, by_olive, now):
    shadow(by_olive, now)

    steps.activate(**by_olive)

    assert shadow_run(acme).state == JobState.DONE
    assert not trials.shadow_pass(acme.id, now=now + timedelta(minutes=1))


def test_a_count_whose_task_was_lost_is_started_again(acme, by_olive, now, monkeypatch):
    steps.propose_policy(choice=MAIL_ON, **by_olive)
    started = []
    monkeypatch.setattr(tasks.try_out_tenant, "apply_async", lambda **told: started.append(told["headers"]))

    tasks.rescan_tenant.for_tenant(acme.id).run_here()

    assert len(started) == 1


# --- a new release -----------------------------------------------------------------------------------------


def test_a_release_that_changes_little_is_activated_by_itself(acme, texts_of, now, trail):
    new_release(acme)
    conversation = store_conversation(acme, [*["hello"] * 30, CARD], at=now, masked_with=1)

    assert releases.is_held(acme.id, now=now)
    dry_run(acme)
    assert releases.activate_believed(acme.id, now=now)
    assert not releases.is_held(acme.id, now=now)
    rescan.rescan_outdated(acme.id, pause=lambda _: None)

    assert texts_of(conversation)[-1] == "[card •••• 1111]"
    assert trail(acme, audit_events.RULE_SET_ACTIVATED)[0].facts["by_itself"] is True


def test_a_release_that_changes_much_waits_for_a_person(acme, olive, texts_of, now):
    new_release(acme)
    conversation = store_conversation(acme, [CARD, "hello"], at=now, masked_with=1)

    tasks.rescan_tenant.for_tenant(acme.id).run_here()
    dry_run(acme)
    assert not releases.activate_believed(acme.id, now=now)
    tasks.rescan_tenant.for_tenant(acme.id).run_here()
    assert texts_of(conversation) == [CARD, "hello"]

    steps.activate(tenant=acme, actor=Actor.member(olive), now=now)
    tasks.rescan_tenant.for_tenant(acme.id).run_here()
    assert texts_of(conversation) == ["[card •••• 1111]", "hello"]


def test_where_a_mode_is_on_a_release_waits_for_nobody(acme, texts_of, now):
    Tenant.objects.filter(id=acme.id).update(pci_state=ModeState.ON)
    new_release(acme)
    conversation = store_conversation(acme, [CARD], at=now, masked_with=1)

    tasks.rescan_tenant.for_tenant(acme.id).run_here()

    assert texts_of(conversation) == ["[card •••• 1111]"]


def test_a_changed_policy_does_not_carry_a_held_release_in(acme, olive, texts_of, now):
    new_release(acme)
    conversation = store_conversation(acme, [CARD, "hello"], at=now, masked_with=1)
    masking.set_levels(tenant=acme, levels={"EMAIL": Level.BALANCED}, actor=Actor.member(olive), now=now)
    rule_sets.forget()

    tasks.rescan_tenant.for_tenant(acme.id).run_here()

    assert texts_of(conversation) == [CARD, "hello"]


def test_a_release_is_decided_before_a_policy_is_put_on_trial(acme, olive, now):
    new_release(acme)
    store_conversation(acme, [CARD], at=now, masked_with=1)
    releases.is_held(acme.id, now=now)

    with pytest.raises(ReleaseOnTrialError):
        steps.propose_policy(tenant=acme, choice=MAIL_ON, actor=Actor.member(olive), now=now)
    with pytest.raises(NothingOnTrialError):
        steps.drop(tenant=acme, actor=Actor.member(olive), now=now)
    with tenant_scope(acme):
        assert proposals.open_proposal().rules == RuleSet.objects.get(number=2).rules
