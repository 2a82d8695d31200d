"""Sign-ins that were locked: told, and unlocked."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants import mail
from tenants.actions.members import NoMemberError
from tenants.actions.people import tell_organisations
from tenants.actors import Actor
from tenants.lockout import counting
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, User
from tenants.permissions import require
from tenants.roles import Capability
from tenants.signals import announce


def record_lock(*, person_id: UUID, now: datetime) -> None:
    """Record in each organisation of a person that their sign-in was locked, and tell them by mail."""
    person = User.objects.filter(id=person_id).first()
    if person is None:
        return
    with transaction.atomic():
        tell_organisations(person, "member.locked", at=now, actor=Actor.system())
    with suppress(MailNotSentError):  # it only tells; the page that is locked offers the same link
        mail.send(Mail.LOCKED, person.email, link=mail.link("accounts:unlock"))


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
