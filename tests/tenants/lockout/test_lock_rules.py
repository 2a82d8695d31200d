"""An organisation chooses after how many tries and for how long; a mode holds it to its floor."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from helpdesk.core import clock
from tenants.actions.policies import choose
from tenants.lockout.rules import VALUES, rule_for
from tenants.models import ModeState, Tenant
from tenants.policy_names import LOCKOUT
from tenants.scoping import tenant_scope
from tests.support.signing_in import give_password
from tests.tenants.lockout.conftest import WRONG

pytestmark = pytest.mark.django_db


def choosing(member, value):
    with tenant_scope(member.tenant):
        choose(key=LOCKOUT, value=value, actor=member, now=clock.now())


def failures_until_locked(email):
    statuses = [give_password(Client(), email, WRONG).status_code for _ in range(12)]
    return statuses.count(422) + 1


@pytest.mark.parametrize(("value", "tries"), [("4/60", 4), ("6/30", 6), ("10/15", 10)])
def test_an_organisation_chooses_after_how_many_tries_its_people_are_locked(olive, ada, value, tries):
    choosing(olive, value)

    assert failures_until_locked(ada.user.email) == tries


def test_a_mode_holds_the_lock_to_its_floor(acme, olive, ada):
    choosing(olive, "10/15")
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)

    assert failures_until_locked(ada.user.email) == 6


def test_a_longer_lock_is_shown_as_long_as_it_lasts(client, olive, ada, sign_in):
    choosing(olive, "4/60")
    page = [give_password(Client(), ada.user, WRONG) for _ in range(4)][-1]

    assert "in 60 minutes" in page.text
    with time_machine.travel(timedelta(minutes=45)):
        assert give_password(Client(), ada.user).status_code == 429


def test_an_address_of_nobody_seems_to_have_any_of_the_rules(db):
    rules = {str(rule_for(f"nobody{number}@example.com")) for number in range(60)}

    assert rules == set(VALUES)
    assert rule_for("nobody1@example.com") == rule_for("nobody1@example.com")
