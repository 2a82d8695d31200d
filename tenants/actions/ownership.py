"""Another owner: beside whoever makes them one, or in their place."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.actions.members import NoMemberError, change_role
from tenants.models import Membership
from tenants.roles import Role


@transaction.atomic
def transfer_ownership(*, membership_id: UUID, own_role: str, actor: Membership, now: datetime) -> Membership:
    """Make a colleague an owner; the actor stays one, or takes another role in the same moment.

    Raises:
        NotPermittedError: The actor may not manage colleagues.
        NoMemberError: There is no such active colleague.
    """
    if membership_id == actor.id or not Membership.objects.filter(id=membership_id, is_active=True).exists():
        raise NoMemberError
    member = change_role(membership_id=membership_id, role=Role.OWNER, actor=actor, now=now)
    if own_role != Role.OWNER:
        change_role(membership_id=actor.id, role=own_role, actor=actor, now=now)
    return member
