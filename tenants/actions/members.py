"""Who belongs to an organisation, and in which role."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from tenants import unused
from tenants.actors import Actor
from tenants.models import Membership, StaffSession, User
from tenants.permissions import require
from tenants.roles import Capability, Role
from tenants.signals import announce


class NoMemberError(Exception):
    """The organisation has no such member."""


class LastOwnerError(Exception):
    """An organisation keeps at least one active owner."""


@transaction.atomic
def set_member_active(*, membership_id: UUID, is_active: bool, actor: Membership, now: datetime) -> Membership:
    """Deactivate a member, which ends their sessions, or let them back in, whoever or whatever had deactivated them.

    Raises:
        LastOwnerError: They are the only active owner.
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member = locked_member(membership_id)
    if is_active and member.is_active:
        # The gate is closed to who was not here for too long, before the nightly task has been.
        return let_back_in(member, actor=actor, now=now) if unused.has_ended(member, now=now) else member
    if member.is_active == is_active:
        return member
    if is_active:
        return let_back_in(member, actor=actor, now=now)
    keep_an_owner(member)
    User.objects.filter(id=member.user_id).update(session_epoch=F("session_epoch") + 1)
    StaffSession.objects.filter(user_id=member.user_id).delete()
    member.is_active = False
    member.save(update_fields=["is_active"])
    announce("member.changed", actor=Actor.member(actor), subject=member, at=now, active=False)
    return member


@transaction.atomic
def change_role(*, membership_id: UUID, role: str, actor: Membership, now: datetime) -> Membership:
    """Give a member another role.

    Raises:
        LastOwnerError: They are the only active owner.
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member = locked_member(membership_id)
    if member.role == role:
        return member
    if role != Role.OWNER and member.is_active:
        keep_an_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    announce("member.changed", actor=Actor.member(actor), subject=member, at=now, role=role)
    return member


def locked_member(membership_id: UUID) -> Membership:
    """Return a member behind a lock.

    Raises:
        NoMemberError: There is no such member.
    """
    # Owners are locked together and in one order, so that two of them cannot remove each other at once.
    rows = Membership.objects.filter(Q(role=Role.OWNER) | Q(id=membership_id)).select_for_update().order_by("id")
    found = {row.id: row for row in rows}
    if membership_id not in found:
        raise NoMemberError
    member: Membership = found[membership_id]
    return member


def let_back_in(member: Membership, *, actor: Membership, now: datetime) -> Membership:
    """Let a locked member in again; the days without use count anew."""
    member.is_active, member.is_unused, member.used_at = True, False, now
    member.save(update_fields=["is_active", "is_unused", "used_at"])
    announce("member.changed", actor=Actor.member(actor), subject=member, at=now, active=True)
    return member


def keep_an_owner(member: Membership) -> None:
    """See that an active owner is left without a locked member.

    Raises:
        LastOwnerError: There would be none.
    """
    others = Membership.objects.filter(role=Role.OWNER, is_active=True).exclude(id=member.id)
    if member.role == Role.OWNER and not others.exists():
        raise LastOwnerError
