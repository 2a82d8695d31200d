"""Conversations past their time, and what is done with holds on them."""

from datetime import timedelta

import pytest

from chat.actions import legal_holds
from chat.models import Conversation
from compliance.actions.retention import set_policy
from compliance.models import RecordClass
from tenants.actors import Actor
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tests.factories.tenants import make_member

DAY = timedelta(days=1)


@pytest.fixture
def cora(acme, now):
    """Acme's compliance officer."""
    return make_member(acme, "Cora", Role.COMPLIANCE_OFFICER, now=now)


@pytest.fixture
def keep(acme, olive, now):
    """Decide how many days conversations are kept."""

    def keep(days):
        set_policy(
            tenant=acme, record_class=RecordClass.CONVERSATION, keep_days=days, actor=Actor.member(olive), now=now
        )

    return keep


def place(member, kind, target, now, reason="An inquiry of the regulator"):
    with tenant_scope(member.tenant_id):
        return legal_holds.place_hold(kind=kind, target=target, reason=reason, actor=member, now=now)


def act(step, hold, member, now):
    with tenant_scope(member.tenant_id):
        return step(hold_id=hold.id, actor=member, now=now)


def release(hold, asks, decides, now):
    act(legal_holds.ask_release, hold, asks, now)
    return act(legal_holds.release_hold, hold, decides, now)


def ids(tenant, model=Conversation):
    with tenant_scope(tenant):
        return set(model.objects.values_list("id", flat=True))
