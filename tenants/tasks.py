"""Jobs of organisations and of their people. Beat starts the fan-out; each organisation has a task of its own."""

from uuid import UUID

from helpdesk.core import clock
from tenants.actions import email_changes, locks, place_due, places, sessions, unused
from tenants.models import Tenant, TenantStatus
from tenants.tasks_base import global_task, tenant_task
from tenants.tenancy import Kind


@tenant_task(name="tenants.record_lock", ids={"membership_id": Kind.MEMBERSHIP})
def record_lock(tenant: Tenant, *, membership_id: str, **_: object) -> None:
    """Record that a member's sign-in was locked, and tell them."""
    locks.record_lock(membership_id=UUID(membership_id), now=clock.now())


@tenant_task(name="tenants.end_address_trial")
def end_address_trial(tenant: Tenant, **_: object) -> None:
    """Write down that a change of the address rule, which nobody confirmed, is over; and see what a mode wants."""
    now = clock.now()
    places.end_lapsed(now=now)
    place_due.look(tenant, now=now)


@global_task(name="tenants.look_after_places")
def look_after_places(**_: object) -> None:
    """End what is over in every active organisation, and forget from where people were active."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        end_address_trial.for_tenant(tenant_id).delay()
    sessions.forget_addresses(now=clock.now())


@tenant_task(name="tenants.look_after_unused", scope="by_batch")
def look_after_unused(tenant: Tenant, **_: object) -> None:
    """Warn and deactivate members who have not used the organisation for too long."""
    unused.look_after(tenant, now=clock.now())


@global_task(name="tenants.look_after_people")
def look_after_people(**_: object) -> None:
    """Look after the members of every active organisation, and forget addresses that nobody can take back any more."""
    for tenant_id in Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True):
        look_after_unused.for_tenant(tenant_id).delay()
    email_changes.forget_old(now=clock.now())
