"""A rule set is counted on what is stored, then activated or dropped."""

from datetime import timedelta

import pytest

from compliance import audit_events, masking_policies, rescan, rule_sets, trials
from compliance.actions import masking
from compliance.actions import rule_sets as steps
from compliance.actions.rule_sets import NothingOnTrialError, OutdatedProposalError, UnchangedError
from compliance.masking import Level
from compliance.masking_choice import MaskingChoice
from compliance.models import JobState, ProposalState, RuleSetProposal
from tenants.actors import Actor
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tests.compliance.trials.conftest import ADDRESS, MAIL_ON, counted, dry_run, fingerprint_of_messages, proposal_of
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


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
