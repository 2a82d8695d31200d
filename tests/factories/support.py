"""Support access for tests, asked and granted through the same actions as everywhere."""

from datetime import datetime
from typing import Any

from compliance.actions.support import approve, ask
from compliance.models import SupportGrant
from tenants.actors import Actor
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope


def ask_support(
    tenant: Tenant, operator: User, *, now: datetime, reason: str = "The inbox stays empty"
) -> SupportGrant:
    return ask(tenant=tenant, reason=reason, actor=Actor.operator(operator), now=now)


def let_in(owner: Membership, operator: User, *, now: datetime, minutes: int = 30, **given: Any) -> SupportGrant:
    """An operator has asked, and the owner lets them in."""
    grant = ask_support(owner.tenant, operator, now=now)
    with tenant_scope(owner.tenant):
        return approve(grant_id=grant.id, minutes=minutes, actor=owner, now=now, **{"code": "", **given})
