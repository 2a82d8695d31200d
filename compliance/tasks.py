"""Recurring jobs. Beat starts the fan-out; each organisation has a task of its own."""

from collections.abc import Iterable
from uuid import UUID

from compliance import closure, key_rotation, rescan, retention
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.tasks_base import TenantTask, global_task, tenant_task


@tenant_task(name="compliance.purge_tenant", scope="by_batch")
def purge_tenant(tenant: Tenant, **_: object) -> None:
    """Erase the organisation's records past retention."""
    retention.purge_expired(tenant.id)


@tenant_task(name="compliance.rescan_tenant", scope="by_batch")
def rescan_tenant(tenant: Tenant, **_: object) -> None:
    """Mask the organisation's stored chats by the rules now in force."""
    rescan.rescan_outdated(tenant.id)


@tenant_task(name="compliance.turn_tenant_keys", scope="by_batch")
def turn_tenant_keys(tenant: Tenant, **_: object) -> None:
    """Go on with the organisation's key rotations, and begin those that are due."""
    key_rotation.turn_keys(tenant.id)


@tenant_task(name="compliance.rewrap_tenant", scope="by_batch")
def rewrap_tenant(tenant: Tenant, **_: object) -> None:
    """Wrap the organisation's keys under the provider's newest key."""
    key_rotation.rewrap(tenant.id, now=clock.now())


@tenant_task(
    name="compliance.close_tenant", scope="by_batch", statuses=frozenset({TenantStatus.CLOSING, TenantStatus.CLOSED})
)
def close_tenant(tenant: Tenant, **_: object) -> None:
    """Close the organisation whose days of grace are over: keys first, rows afterwards."""
    closure.close(tenant.id, now=clock.now())


@global_task(name="compliance.purge_every_tenant")
def purge_every_tenant(**_: object) -> None:
    """Start a purge for every active organisation."""
    _fan_out(purge_tenant)


@global_task(name="compliance.rescan_every_tenant")
def rescan_every_tenant(**_: object) -> None:
    """Start a re-scan for every active organisation."""
    _fan_out(rescan_tenant)


@global_task(name="compliance.turn_every_tenants_keys")
def turn_every_tenants_keys(**_: object) -> None:
    """Go on with rotations, for every active organisation."""
    _fan_out(turn_tenant_keys)


@global_task(name="compliance.rewrap_everything")
def rewrap_everything(**_: object) -> None:
    """Wrap everything under the provider's newest key: second factors here, each organisation's keys in its task."""
    key_rotation.rewrap_factors()
    _fan_out(rewrap_tenant)


@global_task(name="compliance.close_due_tenants")
def close_due_tenants(**_: object) -> None:
    """Start the closure of every organisation whose days of grace are over, or whose closure was cut short."""
    _send(close_tenant, closure.due(now=clock.now()))


def _fan_out(task: TenantTask) -> None:
    ids: list[UUID] = list(Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True))
    _send(task, ids)


def _send(task: TenantTask, ids: Iterable[UUID]) -> None:
    for tenant_id in ids:
        task.for_tenant(tenant_id).delay()
