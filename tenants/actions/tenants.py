"""An organisation's beginning."""

from datetime import datetime

from django.db import IntegrityError

from tenants.actors import Actor
from tenants.keyring.ring import create_tenant_keys
from tenants.models import Membership, Tenant, User
from tenants.roles import Role
from tenants.scoping import tenant_scope
from tenants.signals import announce
from tenants.text_checks import check_readable


class SlugTakenError(Exception):
    """Another organisation has this place in URLs."""


def open_tenant(*, name: str, slug: str, region: str, owner: User, now: datetime) -> Tenant:
    """Open an organisation with a key ring of its own and a first owner.

    The keys are committed, in their own database, before the organisation is: one without keys is never seen.

    Raises:
        SlugTakenError: The slug was taken, perhaps a moment ago.
        HoldsSensitiveDataError: Name or slug hold a card number or the like.
    """
    check_readable(f"{name} {slug}")
    tenant = Tenant(name=name, slug=slug, region=region, created_at=now)
    try:
        with tenant_scope(tenant):
            tenant.save(force_insert=True)
            membership = Membership.objects.create(
                tenant=tenant, user=owner, role=Role.OWNER, created_at=now, used_at=now
            )
            create_tenant_keys(tenant.id, now=now)
            announce("tenant.opened", actor=Actor.member(membership), subject=tenant, at=now, region=region)
    except IntegrityError:
        if Tenant.objects.filter(slug=slug).exists():
            raise SlugTakenError from None
        raise
    return tenant
