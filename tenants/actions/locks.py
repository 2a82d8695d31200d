"""Sign-ins that were locked: told, and unlocked."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants import limits, mail
from tenants.actions.members import NoMemberError
from tenants.actions.people import tell_organisations
from tenants.actors import Actor
from tenants.lockout import counting
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, User
from tenants.permissions import require
from tenants.roles import Capability
from tenants.selectors import memberships_of
from tenants.signals import announce


@transaction.atomic
def record_lock(*, membership_id: UUID, now: datetime) -> None:
    """Record that a member's sign-in was locked. They are told by mail after the commit, by one of their organisations.

    Call it in the organisation's scope; an id of nobody there is nothing to record.
    """
    member = Membership.objects.filter(id=membership_id, is_active=True).select_related("user").first()
    if member is None:
        return
    announce("member.locked", actor=Actor.system(), subject=member, at=now)
    if memberships_of(member.user)[0].membership_id == member.id:
        transaction.on_commit(lambda: _tell(member.user))


@transaction.atomic
def unlock_oneself(*, person: User, now: datetime) -> None:
    """Unlock whoever came by a mailed link and has given both factors."""
    counting.forgive(person.email)
    tell_organisations(person, "member.unlocked", at=now)


@transaction.atomic
def unlock_member(*, membership_id: UUID, actor: Membership, now: datetime) -> Membership:
    """Let a colleague try to sign in again at once.

    Raises:
        NoMemberError: There is no such member.
    """
    require(actor, Capability.INVITE_MEMBERS)
    member: Membership | None = (
        Membership.objects.filter(id=membership_id, is_active=True).select_related("user").first()
    )
    if member is None:
        raise NoMemberError
    counting.forgive(member.user.email)
    announce("member.unlocked", actor=Actor.member(actor), subject=member, at=now)
    return member


def _tell(person: User) -> None:
    if limits.LOCKS_TOLD.wait_s(str(person.id)) > 0:
        return
    with suppress(MailNotSentError):  # it only tells; the page that is locked offers the same link
        mail.send(Mail.LOCKED, person.email, link=mail.link("accounts:unlock"))
