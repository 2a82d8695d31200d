"""Mails that something is due: what kind of thing, by when, and where to look; nothing of what it is about."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from tenants import mail
from tenants.mail import Mail, MailNotSentError
from tenants.models import Membership, Tenant
from tenants.roles import Role

#: Who keeps what has deadlines.
KEEPERS: Final = (Role.OWNER, Role.COMPLIANCE_OFFICER)


class Deadline(Protocol):
    """A row with a day that something is due: of it is said, each once, that it is near and that it is over."""

    due_at: datetime
    reminded_at: datetime | None
    overdue_told_at: datetime | None

    def save(self, *, update_fields: Sequence[str]) -> None: ...


def is_told(row: Deadline, *, now: datetime) -> bool:
    """Return whether what is to be said of a deadline by now, that it is near or that it is over, was said."""
    return (row.overdue_told_at if row.due_at <= now else row.reminded_at) is not None


def note_told(row: Deadline, *, now: datetime) -> None:
    """Write down that it was said."""
    if row.due_at <= now:
        row.overdue_told_at = now
    else:
        row.reminded_at = now
    row.save(update_fields=["overdue_told_at", "reminded_at"])


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
