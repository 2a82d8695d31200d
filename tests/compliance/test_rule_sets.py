from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections, transaction

from compliance import rule_sets
from compliance.models import RuleSet
from tenants.models import ModeState
from tenants.scoping import tenant_scope
from tests.factories.modes import cut_short

pytestmark = pytest.mark.django_db


def numbers(tenant):
    with tenant_scope(tenant):
        return list(RuleSet.objects.order_by("number").values_list("number", "profile"))


def set_mode(tenant, **states):
    type(tenant).objects.filter(id=tenant.id).update(**states)
    rule_sets.forget(tenant.id)


def test_the_first_rule_set_of_an_organisation_is_number_1(acme):
    in_force = rule_sets.current(acme)

    assert (in_force.number, in_force.policy.name) == (1, "default")
    assert numbers(acme) == [(1, "default")]


def test_asking_again_takes_no_new_number(acme):
    rule_sets.current(acme)
    rule_sets.forget(acme.id)

    assert rule_sets.current(acme).number == 1
    assert numbers(acme) == [(1, "default")]


def test_a_mode_switched_on_and_off_takes_a_number_each_time(acme):
    rule_sets.current(acme)
    set_mode(acme, hipaa_state=ModeState.ON)
    second = rule_sets.current(acme)
    cut_short(acme, "hipaa")
    rule_sets.forget()
    third = rule_sets.current(acme)

    assert (second.number, second.policy.name) == (2, "hipaa")
    assert (third.number, third.policy.name) == (3, "default")


def test_an_organisation_held_for_long_does_not_keep_an_old_policy_alive(acme):
    held = type(acme).objects.get(id=acme.id)
    set_mode(acme, pci_state=ModeState.ON)

    assert held.pci_state == ModeState.OFF
    assert rule_sets.current(held).policy.name == "pci"


def test_each_organisation_counts_for_itself(acme, globex):
    set_mode(acme, hipaa_state=ModeState.ON)
    rule_sets.current(acme)

    assert rule_sets.current(globex).policy.name == "default"
    assert numbers(globex) == [(1, "default")]


def test_it_may_be_asked_inside_a_scope_that_is_open(acme):
    with tenant_scope(acme):
        assert rule_sets.current(acme).number == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_known_is_not_read_again(acme, django_assert_num_queries):
    rule_sets.current(acme)

    with django_assert_num_queries(0):
        rule_sets.current(acme)


@pytest.mark.django_db(transaction=True)
def test_what_was_rolled_back_is_not_remembered(acme):
    with transaction.atomic():
        rule_sets.current(acme)
        transaction.set_rollback(True)

    assert numbers(acme) == []
    assert rule_sets.current(acme).number == 1
    assert numbers(acme) == [(1, "default")]


@pytest.mark.django_db(transaction=True)
def test_eight_who_ask_at_once_get_one_number(acme):
    together = Barrier(8)

    def ask(_):
        try:
            together.wait()
            rule_sets.forget(acme.id)
            return rule_sets.current(acme).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(8)))

    assert answers == {1}
    assert numbers(acme) == [(1, "default")]
