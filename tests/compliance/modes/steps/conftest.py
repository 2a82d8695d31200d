"""Steps of a mode, and who takes them."""

import pytest

from compliance import mode_progress
from compliance.actions import modes
from compliance.mode_progress import SETTLES_AFTER
from tenants.actors import Actor
from tenants.models import ModeState, Tenant, User
from tenants.roles import Role
from tests.factories.modes import begin
from tests.factories.tenants import make_member

OFF, ENABLING, ON, DISABLING = ModeState.OFF, ModeState.ENABLING, ModeState.ON, ModeState.DISABLING


@pytest.fixture
def otto(acme, now):
    """Acme's second owner."""
    return make_member(acme, "Otto", Role.OWNER, now=now)


def state(tenant, mode="hipaa"):
    return getattr(Tenant.objects.get(id=tenant.id), f"{mode}_state")


def step(do, tenant, who, now, *, mode="hipaa", **given):
    actor = Actor.operator(who) if isinstance(who, User) else Actor.member(who)
    return do(tenant=tenant, mode=mode, actor=actor, now=now, **given)


def ask_off(tenant, who, now, **given):
    return step(modes.ask_off, tenant, who, now, reason="The clinic left", **given)


def is_on(tenant, who, now, mode="hipaa"):
    begin(tenant, mode, Actor.member(who), now)
    mode_progress.advance(tenant.id, now=now + SETTLES_AFTER)
    assert state(tenant, mode) == ON
