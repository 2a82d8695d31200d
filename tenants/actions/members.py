"""Who belongs to an organisation, and in which role."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

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
    """Deactivate a member, which ends their sessions, or let them back in.

    Raises:
        LastOwnerError: They are the only active owner.
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member = _locked(membership_id)
    if member.is_active == is_active:
        return member
    if not is_active:
        _keep_an_owner(member)
        User.objects.filter(id=member.user_id).update(session_epoch=F("session_epoch") + 1)
        StaffSession.objects.filter(user_id=member.user_id).delete()
    member.is_active = is_active
    member.save(update_fields=["is_active"])
    announce("member.changed", actor=Actor.member(actor), subject=member, at=now, active=is_active)
    return member


@transaction.atomic
def change_role(*, membership_id: UUID, role: str, actor: Membership, now: datetime) -> Membership:
    """Give a member another role.

    Raises:
        LastOwnerError: They are the only active owner.
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member = _locked(membership_id)
    if member.role == role:
        return member
    if role != Role.OWNER and member.is_active:
        _keep_an_owner(member)
    member.role = role
    member.save(update_fields=["role"])
    announce("member.changed", actor=Actor.member(actor), subject=member, at=now, role=role)
    return member


def _locked(membership_id: UUID) -> Membership:
    # Owners are locked together and in one order, so that two of them cannot remove each other at once.
    rows = Membership.objects.filter(Q(role=Role.OWNER) | Q(id=membership_id)).select_for_update().order_by("id")
    found = {row.id: row for row in rows}
    if membership_id not in found:
        raise NoMemberError
    member: Membership = found[membership_id]
    return member


def _keep_an_owner(member: Membership) -> None:
    others = Membership.objects.filter(role=Role.OWNER, is_active=True).exclude(id=member.id)
    if member.role == Role.OWNER and not others.exists():
        raise LastOwnerError
