"""A rule set on trial is counted beside the active one on live chats, for a while."""

from datetime import timedelta

import pytest

from compliance import tasks, trials
from compliance.actions import rule_sets as steps
from compliance.models import JobKind, JobRun, JobState, ProposalState
from tenants.scoping import tenant_scope
from tests.compliance.trials.conftest import ADDRESS, MAIL_ON, counted, fingerprint_of_messages, proposal_of
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


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
