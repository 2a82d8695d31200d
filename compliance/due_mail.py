"""Mails that something is due: what kind of thing, by when, and where to look; nothing of what it is about."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant
from tenants.roles import Role

#: Who keeps what has deadlines.
KEEPERS: Final = (Role.OWNER, Role.COMPLIANCE_OFFICER)


def spoken(due: datetime | date) -> str:
    """Return a day, or a moment in UTC, as people write it."""
    pattern = "%d %B %Y, %H:%M UTC" if isinstance(due, datetime) else "%d %B %Y"
    return f"{due:{pattern}}".lstrip("0")


def tell_keepers(tenant: Tenant, says: str, due: datetime | date, *, page: str, args: Sequence[object] = ()) -> bool:
    """Mail owners and compliance officers; whether one of them was reached. Inside the tenant's scope."""
    keepers = Membership.objects.filter(role__in=KEEPERS)
    return sum(_tell(tenant, one, says, due, page, args) for one in _active(keepers)) > 0


def tell_member(
    tenant: Tenant, member: Membership, says: str, due: datetime | date, *, page: str, args: Sequence[object] = ()
) -> bool:
    """Mail one member; whether it was sent. One who is not active any more gets nothing."""
    found = _active(Membership.objects.filter(id=member.id))
    return sum(_tell(tenant, one, says, due, page, args) for one in found) > 0


def _active(rows: QuerySet[Membership]) -> list[Membership]:
    found = rows.filter(is_active=True, user__is_active=True)
    return list(found.select_related("user").order_by("id"))


def _tell(
    tenant: Tenant, member: Membership, says: str, due: datetime | date, page: str, args: Sequence[object]
) -> bool:
    link = f"{settings.SITE_URL}{reverse(page, args=[tenant.slug, *args])}"
    try:
        mail.send(Mail.DUE, member.user.email, organisation=tenant.name, says=says, due=spoken(due), link=link)
    except MailNotSentError:
        return False
    return True
