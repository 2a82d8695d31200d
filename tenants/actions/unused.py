"""Deactivate whoever has not used an organisation for too long, after two mails that say so (PCI DSS 8.2.6).

The gate counts by itself (`tenants.gate`): a task that is late, or does not run, lets nobody in.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from tenants import mail, unused
from tenants.actions.members import locked_member
from tenants.actors import Actor
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant, User
from tenants.scoping import tenant_scope
from tenants.signals import announce

#: Of one run; the next goes on, and the gate is closed meanwhile all the same.
MOST: Final = 500


def look_after(tenant: Tenant, *, now: datetime) -> int:
    """Warn whoever is soon deactivated, and deactivate who is due. Each by themselves; a second run does no more.

    Returns:
        How many were told or deactivated. A mail that could not be sent is sent by the next run.
    """
    with tenant_scope(tenant):
        allowed = unused.allowed_days(tenant.id)
        due = list(unused.to_look_at(allowed, now=now).values_list("id", flat=True)[:MOST]) if allowed else []
    return sum(_look_at(tenant, member_id, now) for member_id in due)


def _look_at(tenant: Tenant, member_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant):
        member = locked_member(member_id)
        # Looked at again behind the lock: they may have come, or an owner may have let them back in.
        allowed = unused.allowed_days(tenant.id)
        if not allowed or not unused.to_look_at(allowed, now=now).filter(id=member_id).exists():
            return False
        stands = unused.of_member(member, now=now)
        if stands.has_ended:
            _deactivate(member, stands.days, now)
        elif not _tell(tenant, member, stands, now):
            return False
        member.unused_told_at = now
        member.save(update_fields=["unused_told_at"])
    return not stands.has_ended or _tell_ended(tenant, member, stands.days)


def _deactivate(member: Membership, days: int, now: datetime) -> None:
    """Take a membership out of use. Their sessions go on: they may belong to other organisations."""
    member.is_active, member.is_unused = False, True
    member.save(update_fields=["is_active", "is_unused"])
    announce("member.changed", actor=Actor.system(), subject=member, at=now, active=False, unused_days=days)


def _tell(tenant: Tenant, member: Membership, stands: unused.Unused, now: datetime) -> bool:
    if not member.user.is_active:
        return False
    if stands.ends_at is None:
        return _tell_of_last_owner(tenant, member, stands.days)
    left = max((stands.ends_at - now).days, 1)
    in_words = "1 day" if left == 1 else f"{left} days"
    return _send(Mail.MEMBER_UNUSED, member.user.email, tenant, days=f"{stands.days}", left=in_words)


def _tell_of_last_owner(tenant: Tenant, owner: Membership, days: int) -> bool:
    """Tell the last owner, who stays, and our own staff, who can help to find another."""
    operators = User.objects.filter(is_operator=True, is_active=True).values_list("email", flat=True)
    is_told = _send(Mail.LAST_OWNER_UNUSED, owner.user.email, tenant, days=f"{days}")
    for address in operators if is_told else ():
        _send(Mail.LAST_OWNER_UNUSED, address, tenant, days=f"{days}")
    return is_told


def _tell_ended(tenant: Tenant, member: Membership, days: int) -> bool:
    if member.user.is_active:
        _send(Mail.MEMBER_ENDED, member.user.email, tenant, days=f"{days}")
    return True


def _send(one: Mail, to: str, tenant: Tenant, **facts: str) -> bool:
    link = f"{settings.SITE_URL}{reverse('organisation:settings', args=[tenant.slug])}"
    try:
        mail.send(one, to, organisation=tenant.name, link=link, **facts)
    except MailNotSentError:  # it is logged there
        return False
    return True
