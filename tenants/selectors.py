"""Reads that answer: which organisation, who belongs to it."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection

from helpdesk.core.prepared import columns_of, prepared_cursor
from tenants.models import Membership, Tenant, TenantStatus, User
from tenants.roles import Role

_TENANT, _TENANT_SQL = columns_of(Tenant, "tenant")
# Every page of an organisation asks it. Names of our own columns; the slug is a parameter.
_BY_SLUG: Final = f"SELECT {_TENANT_SQL} FROM tenants_tenant AS tenant WHERE slug = %s"  # noqa: S608


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
    with prepared_cursor() as cursor:
        row = cursor.execute(_BY_SLUG, [slug]).fetchone()
    tenant = None if row is None else Tenant.from_db(DEFAULT_DB_ALIAS, _TENANT, row)
    return tenant if tenant is not None and tenant.status in {TenantStatus.ACTIVE, TenantStatus.CLOSING} else None


def is_reachable(tenant: Tenant, role: str) -> bool:
    """Whether a member of that role has anything to do there: while it closes, its owners take things along."""
    return tenant.is_active or (tenant.status == TenantStatus.CLOSING and role == Role.OWNER)


def team(tenant_id: UUID) -> list[Membership]:
    """Return the organisation's active members, by name. Call it inside the tenant's scope."""
    members = Membership.objects.filter(tenant_id=tenant_id, is_active=True)
    return list(members.select_related("user").order_by("user__name", "id"))
