"""No way of writing a setting makes what is in force weaker than a mode; the database refuses what is weaker."""

import pytest
from django.db import IntegrityError, connection, transaction

from compliance import retention
from compliance.models import RecordClass, RetentionPolicy
from tenants.actions.policies import BelowFloorError, choose
from tenants.actors import Actor
from tenants.models import ModeState, PolicyChoice, Tenant
from tenants.policies import is_weaker_than_held
from tenants.policy_floors import too_weak
from tenants.policy_names import SESSION_IDLE
from tenants.policy_table import POLICIES
from tenants.scoping import tenant_scope
from tests.factories.modes import begin, decide_retention
from tests.proofs.gate.stage import unhindered
from tests.proofs.modes import measure
from tests.proofs.modes.ground import SETS, make_ground

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(db):
    with unhindered():
        yield make_ground()


def test_no_way_makes_what_is_in_force_weaker(ground):
    found = measure.run(ground, every=measure.SHORT_EVERY, sets=SETS[-1:])

    assert (found.weaker, found.stored) == ([], [])
    assert found.attempts > 50
    assert found.ways == {"page", "admin", "action", "manager", "instance", "sql"}


def test_each_way_can_write_where_no_mode_is_on(ground):
    assert measure.controls(ground) == []


def test_without_floors_the_property_is_broken(ground):
    assert measure.mutants(ground) == {"no floors": True, "a floor too low": True}


def test_the_database_knows_the_floors_of_the_policy_table_as_they_are():
    with connection.cursor() as cursor:
        cursor.execute("SELECT mode, key, value FROM policy_too_weak()")
        known = sorted(cursor.fetchall())

    assert known == too_weak(), "a migration with weak_values() of tenants.policy_floors.too_weak() is missing"


@pytest.mark.parametrize("state", [ModeState.ENABLING, ModeState.ON, ModeState.DISABLING])
def test_a_choice_below_a_floor_is_refused_by_the_action_and_by_the_database(acme, olive, now, state):
    Tenant.objects.filter(id=acme.id).update(hipaa_state=state)

    with tenant_scope(acme):
        with pytest.raises(BelowFloorError):
            choose(key=SESSION_IDLE, value="30", actor=olive, now=now)
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyChoice.objects.create(tenant=acme, key=SESSION_IDLE, value="30", changed_at=now)
        choose(key=SESSION_IDLE, value="5", actor=olive, now=now)


def test_what_was_chosen_before_a_mode_stays_and_holds_again_without_it(acme, olive, now):
    with tenant_scope(acme):
        choose(key=SESSION_IDLE, value="60", actor=olive, now=now)
    begin(acme, "hipaa", Actor.member(olive), now)

    with tenant_scope(acme):
        assert PolicyChoice.objects.get(key=SESSION_IDLE).value == "60"


def test_pci_mode_keeps_chats_for_a_year_at_most_whatever_is_stored(acme, now):
    decide_retention(acme, now, days=400)
    Tenant.objects.filter(id=acme.id).update(pci_state=ModeState.ON)

    with tenant_scope(acme):
        assert retention.keep_days(RecordClass.CONVERSATION) == 365
        with pytest.raises(IntegrityError), transaction.atomic():
            RetentionPolicy.objects.update(keep_days=366)
        RetentionPolicy.objects.all().delete()
        assert retention.keep_days(RecordClass.CONVERSATION) == 365


@pytest.mark.parametrize("key", POLICIES)
def test_what_is_weaker_is_told_by_the_table_alone(key):
    policy = POLICIES[key]
    weak = {(mode, value) for mode, name, value in too_weak() if name == key}

    for mode in policy.floors:
        tenant = Tenant(**{f"{mode}_state": ModeState.ENABLING})
        assert {(mode, value) for value in policy.values if is_weaker_than_held(tenant, key, value)} == {
            pair for pair in weak if pair[0] == mode
        }
