"""A mode wants networks or browsers limited: it says so, gives seven days, and then lets owners in alone."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from helpdesk.core import clock
from tenants.actions import devices, place_due, places
from tenants.actions.place_due import HeldByModeError
from tenants.actions.places import Proposal
from tenants.models import ModeState, PlaceDue, PolicyChoice, Tenant
from tenants.policy_names import DEVICE_RULE, ENROLLED_DEVICE
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.support.later import later

pytestmark = pytest.mark.django_db
SETTINGS = "/o/acme/settings/"
HERE = (("127.0.0.0/8", ""),)


@pytest.fixture
def required(acme, olive, ada):
    """Acme, in HIPAA mode."""
    Tenant.objects.filter(id=acme.id).update(hipaa_state=ModeState.ON)
    acme.refresh_from_db()
    return acme


def looked(tenant, now=None):
    with tenant_scope(tenant):
        place_due.look(tenant, now=now or clock.now())
        return PlaceDue.objects.first()


def ruled(owner, roles=tuple(Role), is_on=True):
    with tenant_scope(owner.tenant):
        places.propose(
            proposal=Proposal(is_on, frozenset(roles), HERE, ("",)), actor=owner, now=clock.now()
        )  # fmt: skip
        if is_on:
            places.confirm(actor=owner, address="127.0.0.1", now=clock.now())


def test_owners_are_told_once_and_have_seven_days(required, olive, django_capture_on_commit_callbacks):
    now = clock.now()
    with django_capture_on_commit_callbacks(execute=True):
        due = looked(required, now)
        assert looked(required, now + timedelta(days=1)).due_at == due.due_at

    assert due.due_at == now + timedelta(days=7)
    assert [message.to for message in mail.outbox if "seven days" in message.subject] == [[olive.user.email]]


def test_within_the_seven_days_everyone_works_and_owners_see_it_after_them_owners_alone_come_in(
    required, sign_in, olive, ada
):
    looked(required)
    agent = sign_in(Client(), ada)
    assert agent.get(SETTINGS).status_code == 200
    assert b"Limit networks or browsers by" in sign_in(Client(), olive).get(SETTINGS).content

    with later(days=7):
        refused = sign_in(Client(), ada).get(SETTINGS)
        assert (refused.status_code, b"Closed until an owner has chosen" in refused.content) == (403, True)
        assert sign_in(Client(), olive).get(f"{SETTINGS}addresses/").status_code == 200
        ruled(olive)
        assert sign_in(Client(), ada).get(SETTINGS).status_code == 200


def test_once_one_is_limited_or_the_mode_is_off_nothing_is_due(required, olive):
    looked(required)
    ruled(olive)
    assert looked(required) is None


def test_a_rule_for_some_is_not_enough_and_neither_is_one_on_trial(required, olive):
    with tenant_scope(required):
        places.propose(
            proposal=Proposal(True, frozenset(Role), HERE, ("",)), actor=olive, now=clock.now()
        )  # fmt: skip

    assert looked(required) is not None
    with pytest.raises(HeldByModeError):
        ruled(olive, roles=(Role.AGENT,))


def test_the_last_of_the_two_is_not_switched_off_while_the_mode_is_on(required, olive):
    olive.tenant.refresh_from_db()
    ruled(olive)
    with pytest.raises(HeldByModeError):
        ruled(olive, is_on=False)
    with tenant_scope(required):
        PolicyChoice.objects.create(
            tenant=required, key=DEVICE_RULE, value=ENROLLED_DEVICE, changed_at=clock.now()
        )  # fmt: skip
    ruled(olive, is_on=False)

    with tenant_scope(required), pytest.raises(HeldByModeError):
        devices.choose_rule(
            only_approved=False, actor=olive, session=None, machine=devices.Machine(), now=clock.now()
        )  # fmt: skip


def test_without_a_mode_nothing_is_due(acme, olive):
    assert looked(acme) is None
