"""Support access is over by itself, and with whatever it stood on."""

import pytest

from compliance.actions.organisations import set_tenant_state
from compliance.actions.people import set_user_active
from compliance.actions.support import NoGrantError
from compliance.tasks import end_support
from tenants.actions import members
from tenants.actions.policies import choose
from tenants.actors import Actor
from tenants.models import TenantStatus
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.compliance.support.conftest import LATER, approved, events, is_live, kept, trail
from tests.factories.modes import switch_mode
from tests.factories.support import ask_support, let_in
from tests.factories.tenants import make_member, make_person

pytestmark = pytest.mark.django_db


def test_it_is_over_by_itself_and_a_job_writes_that_down(acme, olive, oscar, now):
    grant = let_in(olive, oscar, now=now - LATER)
    assert not is_live(grant, oscar)

    end_support.for_tenant(acme.id).run_here()
    end_support.for_tenant(acme.id).run_here()

    assert (kept(grant).ended_as, [event for event, *_ in events(acme)]) == ("by_time", ["asked", "approved", "ended"])
    assert trail(oscar)[-1] == ("ended", acme.id)


def demote(acme, olive, oscar, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    with tenant_scope(acme):
        members.change_role(membership_id=olive.id, role=Role.AGENT, actor=second, now=now)


def deactivate_the_owner(acme, olive, oscar, now):
    second = make_member(acme, "Otto", Role.OWNER, now=now)
    with tenant_scope(acme):
        members.set_member_active(membership_id=olive.id, is_active=False, actor=second, now=now)


def shut_the_owner_out(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    set_user_active(user=olive.user, is_active=False, actor=Actor.operator(other), now=now)


def deactivate_the_operator(acme, olive, oscar, now):
    other = make_person("Orla", email="orla@hushdesk.example", is_operator=True, now=now)
    set_user_active(user=oscar, is_active=False, actor=Actor.operator(other), now=now)


def suspend(acme, olive, oscar, now):
    set_tenant_state(tenant=acme, status=TenantStatus.SUSPENDED, actor=Actor.operator(oscar), now=now)


def mode_on(acme, olive, oscar, now):
    switch_mode(tenant=acme, mode="hipaa", on=True, reason="A clinic", actor=Actor.operator(oscar), now=now)


def ask_for_codes(acme, olive, oscar, now):
    with tenant_scope(acme):
        choose(key=SUPPORT_ACCESS, value=BREAK_GLASS, actor=olive, now=now)


GONE = [demote, deactivate_the_owner, shut_the_owner_out, deactivate_the_operator, suspend, mode_on, ask_for_codes]


@pytest.mark.parametrize("happens", GONE)
def test_it_ends_with_what_it_stood_on(acme, olive, oscar, now, happens):
    grant = let_in(olive, oscar, now=now)
    assert is_live(grant, oscar)

    happens(acme, olive, oscar, now)

    assert not is_live(grant, oscar)
    assert kept(grant).ended_as == "void"
    assert events(acme)[-1][:2] == ("ended", "system")


def test_it_does_not_come_back_with_what_it_stood_on(acme, olive, oscar, now):
    grant = let_in(olive, oscar, now=now)
    mode_on(acme, olive, oscar, now)
    switch_mode(tenant=acme, mode="hipaa", on=False, reason="A shop", actor=Actor.operator(oscar), now=now)

    assert not is_live(grant, oscar)


def test_who_is_no_operator_any_more_is_let_in_no_more(acme, olive, oscar, now):
    grant = ask_support(acme, oscar, now=now)
    oscar.is_operator = False
    oscar.save(update_fields=["is_operator"])

    with pytest.raises(NoGrantError):
        approved(grant, olive, now)
