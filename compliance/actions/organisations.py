"""What operators decide about an organisation as a whole."""

from datetime import datetime
from typing import Final

from compliance import audit, audit_events
from compliance.actions.actors import require_operator
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.models import Region, Tenant, TenantStatus
from tenants.scoping import tenant_scope
from tenants.signals import announce

_SET_BY_HAND: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED})


class NoSuchStepError(Exception):
    """From its present state an organisation does not get there by this way."""


def set_tenant_state(*, tenant: Tenant, status: TenantStatus, actor: Actor, now: datetime) -> Tenant:
    """Suspend an organisation or let it work again. Suspended, its pages, widget and jobs answer as if it were gone.

    Raises:
        NotPermittedError: The actor is no operator.
        NoSuchStepError: It is closing or closed, or should be: that has actions of its own.
    """
    with tenant_scope(tenant):
        require_operator(actor)
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        if not {TenantStatus(locked.status), status} <= _SET_BY_HAND:
            raise NoSuchStepError(status.value)
        if locked.status != status:
            before, locked.status = locked.status, status
            locked.save(update_fields=["status"])
            announce(
                audit_events.TENANT_STATE_CHANGED, actor=actor, subject=locked, at=now, before=before,
                state=status.value,
            )  # fmt: skip
    if status == TenantStatus.SUSPENDED:
        ring.forget_everywhere(tenant.id)
    return locked


def set_tenant_region(*, tenant: Tenant, region: Region, actor: Actor, now: datetime) -> Tenant:
    """Note the region whose cell holds the organisation. It moves no data: that is done before.

    Raises:
        NotPermittedError: The actor is no operator.
    """
    with tenant_scope(tenant):
        require_operator(actor)
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        if locked.region != region:
            before, locked.region = locked.region, region
            locked.save(update_fields=["region"])
            audit.record(actor, audit_events.TENANT_REGION_CHANGED, locked, at=now, before=before, region=region.value)
    return locked
