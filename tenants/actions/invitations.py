"""Colleagues: asked by mail, and joining."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from tenants.actions.people import create_person
from tenants.actors import Actor
from tenants.holders import holder_of
from tenants.models import Invitation, Membership, Tenant, User
from tenants.permissions import require
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.signals import announce
from tenants.text_checks import check_readable
from tenants.tokens import InvitationKey

LIFETIME: Final = timedelta(days=7)


class AlreadyMemberError(Exception):
    """The address belongs to an active member of the organisation."""


class NoInvitationError(Exception):
    """There is no such pending invitation: used, withdrawn, renewed or too old."""


class OtherAddressError(Exception):
    """The invitation is for another address than that of the person who would join."""


@transaction.atomic
def invite_colleague(*, email: str, role: str, actor: Membership, now: datetime) -> tuple[Invitation, str]:
    """Invite an address to the actor's organisation; inviting it again replaces the invitation.

    Returns:
        The invitation, and the token to mail. Only its hash is stored.

    Raises:
        AlreadyMemberError: The address belongs to an active member.
        HoldsSensitiveDataError: The address holds a card number or the like.
    """
    require(actor, Capability.INVITE_MEMBERS)
    check_readable(email)
    if Membership.objects.filter(user__email=email, is_active=True).exists():
        raise AlreadyMemberError
    key, token = InvitationKey.new(actor.tenant_id)
    invitation, _ = Invitation.objects.update_or_create(
        tenant_id=actor.tenant_id,
        email=email,
        accepted_at=None,
        defaults={
            "role": role,
            "token_hash": key.digest,
            "invited_by": actor,
            "created_at": now,
            "expires_at": now + LIFETIME,
        },
    )
    announce("member.invited", actor=Actor.member(actor), subject=invitation, at=now, role=role)
    return invitation, token


@transaction.atomic
def renew_invitation(*, invitation_id: UUID, actor: Membership, now: datetime) -> tuple[Invitation, str]:
    """Give a pending invitation a new token and seven more days; the link mailed before dies.

    Raises:
        NoInvitationError: It is not pending any more.
    """
    require(actor, Capability.INVITE_MEMBERS)
    invitation = _pending(invitation_id)
    return invite_colleague(email=invitation.email, role=invitation.role, actor=actor, now=now)


@transaction.atomic
def withdraw_invitation(*, invitation_id: UUID, actor: Membership, now: datetime) -> None:
    """Take an invitation back; its link dies.

    Raises:
        NoInvitationError: It is not pending any more.
    """
    require(actor, Capability.INVITE_MEMBERS)
    invitation = _pending(invitation_id)
    announce("invitation.withdrawn", actor=Actor.member(actor), subject=invitation, at=now, role=invitation.role)
    invitation.delete()


def find_invitation(key: InvitationKey, *, now: datetime) -> Invitation:
    """Return the open invitation of a mailed token, its organisation filled in.

    Raises:
        NoInvitationError: There is none, whatever the reason.
    """
    tenant = _tenant_of(key)
    with tenant_scope(tenant):
        invitation = _open(key, now=now)
    invitation.tenant = tenant
    return invitation


def join_as_new_person(*, key: InvitationKey, name: str, password: str, now: datetime) -> Membership:
    """Make an account for the invited address, which the token has proven, and join.

    Raises:
        NoInvitationError: The invitation is not open.
        AddressTakenError: The address belongs to someone, who must sign in instead.
        UnfitPasswordError: The password does not meet the organisation's rules.
    """
    with tenant_scope(tenant := _tenant_of(key)):
        invitation = _open(key, now=now, locked=True)
        person = create_person(email=invitation.email, name=name, password=password, now=now, joining=tenant)
        return _join(invitation, person, now=now)


def join(*, key: InvitationKey, person: User, now: datetime) -> Membership:
    """Let a person who has signed in join, as the address that was invited.

    Raises:
        NoInvitationError: The invitation is not open.
        OtherAddressError: The person has another address.
    """
    with tenant_scope(_tenant_of(key)):
        invitation = _open(key, now=now, locked=True)
        holder = holder_of(invitation.email, now=now)
        if holder is None or holder.id != person.id:
            raise OtherAddressError
        return _join(invitation, person, now=now)


def _tenant_of(key: InvitationKey) -> Tenant:
    tenant = Tenant.objects.filter(id=key.tenant_id).first()
    if tenant is None or not tenant.is_active:
        raise NoInvitationError
    return tenant


def _open(key: InvitationKey, *, now: datetime, locked: bool = False) -> Invitation:
    invitations = Invitation.objects.filter(token_hash=key.digest, accepted_at=None, expires_at__gt=now)
    invitation: Invitation | None = (invitations.select_for_update() if locked else invitations).first()
    if invitation is None:
        raise NoInvitationError
    return invitation


def _pending(invitation_id: UUID) -> Invitation:
    invitation: Invitation | None = (
        Invitation.objects.select_for_update().filter(id=invitation_id, accepted_at=None).first()
    )
    if invitation is None:
        raise NoInvitationError
    return invitation


def _join(invitation: Invitation, person: User, *, now: datetime) -> Membership:
    membership: Membership
    membership, is_new = Membership.objects.get_or_create(
        tenant_id=invitation.tenant_id,
        user=person,
        defaults={"role": invitation.role, "created_at": now, "used_at": now},
    )
    if not is_new and not membership.is_active:
        # Someone who was deactivated and invited again comes back in the role of the invitation.
        membership.is_active, membership.role = True, invitation.role
        membership.is_unused, membership.used_at = False, now
        membership.save(update_fields=["is_active", "role", "is_unused", "used_at"])
    invitation.accepted_at = now
    invitation.save(update_fields=["accepted_at"])
    announce("member.joined", actor=Actor.member(membership), subject=membership, at=now, role=membership.role)
    return membership
