"""Recurring jobs. Beat starts the fan-out; each organisation has a task of its own."""

from uuid import UUID

from compliance import rescan, retention
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


@global_task(name="compliance.purge_every_tenant")
def purge_every_tenant(**_: object) -> None:
    """Start a purge for every active organisation."""
    _fan_out(purge_tenant)


@global_task(name="compliance.rescan_every_tenant")
def rescan_every_tenant(**_: object) -> None:
    """Start a re-scan for every active organisation."""
    _fan_out(rescan_tenant)


def _fan_out(task: TenantTask) -> None:
    ids: list[UUID] = list(Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True))
    for tenant_id in ids:
        task.for_tenant(tenant_id).delay()
