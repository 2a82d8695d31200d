"""What operators decide about a person, who may belong to several organisations."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from compliance import audit_events, support_ends
from compliance.actions.actors import require_operator
from tenants.actors import Actor
from tenants.models import User
from tenants.permissions import NotPermittedError
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of
from tenants.signals import announce


@transaction.atomic
def set_user_active(*, user: User, is_active: bool, actor: Actor, now: datetime) -> User:
    """Shut a person out of everything, or let them in again. Every organisation they belong to gets an entry.

    Raises:
        NotPermittedError: The actor is no operator, or would shut out themselves.
    """
    require_operator(actor)
    if user.id == actor.id:
        raise NotPermittedError("oneself")
    locked = User.objects.select_for_update().defer("password").get(id=user.id)
    if locked.is_active == is_active:
        return locked
    locked.is_active = is_active
    # The epoch ends every session that is open now.
    locked.session_epoch = F("session_epoch") + 1
    locked.save(update_fields=["is_active", "session_epoch"])
    for membership in memberships_of(locked):
        with tenant_scope(membership.tenant_id):
            announce(audit_events.MEMBER_CHANGED, actor=actor, subject=locked, at=now, is_active=is_active)
    if not is_active:
        support_ends.end_all_of(locked, now=now)
    locked.refresh_from_db(fields=["is_active", "session_epoch"])
    return locked
