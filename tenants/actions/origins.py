"""The sites on which an organisation's widget may run."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.actors import Actor
from tenants.models import AllowedOrigin, Membership
from tenants.permissions import require
from tenants.roles import Capability
from tenants.signals import announce
from tenants.text_checks import check_readable


@transaction.atomic
def add_origin(*, origin: str, actor: Membership, now: datetime) -> AllowedOrigin:
    """Allow the widget on a site, given as `tenants.origins.normal_origin()` writes it; again is no change."""
    require(actor, Capability.MANAGE_WIDGET)
    check_readable(origin)
    allowed: AllowedOrigin
    allowed, is_new = AllowedOrigin.objects.get_or_create(
        tenant_id=actor.tenant_id, origin=origin, defaults={"created_at": now}
    )
    if is_new:
        announce("origin.added", actor=Actor.member(actor), subject=allowed, at=now)
    return allowed


@transaction.atomic
def remove_origin(*, origin_id: UUID, actor: Membership, now: datetime) -> None:
    """Stop the widget on a site. Removing it again is no change."""
    require(actor, Capability.MANAGE_WIDGET)
    allowed: AllowedOrigin | None = AllowedOrigin.objects.filter(id=origin_id).first()
    if allowed is not None:
        announce("origin.removed", actor=Actor.member(actor), subject=allowed, at=now)
        allowed.delete()
