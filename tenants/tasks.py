"""Jobs of an organisation's people."""

from uuid import UUID

from helpdesk.core import clock
from tenants.actions import locks
from tenants.models import Tenant
from tenants.tasks_base import tenant_task
from tenants.tenancy import Kind


@tenant_task(name="tenants.record_lock", ids={"membership_id": Kind.MEMBERSHIP})
def record_lock(tenant: Tenant, *, membership_id: str, **_: object) -> None:
    """Record that a member's sign-in was locked, and tell them."""
    locks.record_lock(membership_id=UUID(membership_id), now=clock.now())
