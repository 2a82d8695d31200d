"""Reads that answer: which organisation, who belongs to it."""

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from helpdesk.core.prepared import row_by
from tenants.models import Membership, Tenant, TenantStatus, User
from tenants.roles import Role


@dataclass(frozen=True, slots=True)
class MembershipSummary:
    """One row of `memberships_of()`: enough to choose an organisation by."""

    membership_id: UUID
    tenant_id: UUID
    name: str
    slug: str
    role: str


def memberships_of(user: User) -> list[MembershipSummary]:
    """Return a person's active memberships in organisations that are active, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT membership_id, tenant_id, role FROM memberships_of(%s)", [user.id])
        rows = cursor.fetchall()
    tenants = Tenant.objects.in_bulk([row[1] for row in rows])
    found = [
        MembershipSummary(membership_id, tenant_id, tenants[tenant_id].name, tenants[tenant_id].slug, role)
        for membership_id, tenant_id, role in rows
        if is_reachable(tenants[tenant_id], role)
    ]
    return sorted(found, key=lambda summary: summary.name.casefold())


def reachable_tenant(slug: str) -> Tenant | None:
    """Return the organisation of that slug; None where there is none, or it is suspended or closed: one answer."""
    tenant = row_by(Tenant, "slug", slug)
    return tenant if tenant is not None and tenant.status in {TenantStatus.ACTIVE, TenantStatus.CLOSING} else None


def is_reachable(tenant: Tenant, role: str) -> bool:
    """Whether a member of that role has anything to do there: while it closes, its owners take things along."""
    return tenant.is_active or (tenant.status == TenantStatus.CLOSING and role == Role.OWNER)


def team(tenant_id: UUID) -> list[Membership]:
    """Return the organisation's active members, by name. Call it inside the tenant's scope."""
    members = Membership.objects.filter(tenant_id=tenant_id, is_active=True)
    return list(members.select_related("user").order_by("user__name", "id"))
