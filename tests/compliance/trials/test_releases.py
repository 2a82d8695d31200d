"""A release is activated by itself where it changes little, and waits for a person where it changes much."""

import pytest

from compliance import audit_events, proposals, releases, rescan, rule_sets, tasks
from compliance.actions import masking
from compliance.actions import rule_sets as steps
from compliance.actions.rule_sets import NothingOnTrialError, ReleaseOnTrialError
from compliance.masking import Level
from compliance.models import RuleSet
from tenants.actors import Actor
from tenants.models import ModeState, Tenant
from tenants.scoping import tenant_scope
from tests.compliance.trials.conftest import CARD, MAIL_ON, dry_run
from tests.factories.stored import store_conversation

pytestmark = pytest.mark.django_db


def new_release(tenant, rules="older rules"):
    """The rules that scanned what is stored were those of a release before this one."""
    rule_sets.forget()
    with tenant_scope(tenant):
        RuleSet.objects.create(
            tenant=tenant, number=1, fingerprint="older", rules=rules, profile="default", created_at=tenant.created_at
        )
    assert rule_sets.current(tenant).number == 2


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
