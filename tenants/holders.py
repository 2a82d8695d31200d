"""Whose address it is. One that was given up of late is still held for whoever may take it back."""

from datetime import datetime

from django.db.models import QuerySet

from tenants.models import EmailChange, EmailChangeState, User
from tenants.models.email_change import UNDONE_WITHIN


def holder_of(email: str, *, now: datetime) -> User | None:
    """Return the person who has proven an address: it is theirs, or was until a few days ago."""
    person = User.objects.with_email(email).exclude(email_confirmed_at=None).first()
    if person is not None:
        return person
    changes = _given_up(now).filter(former=email.lower())
    change = changes.select_related("user").order_by("-settled_at").first()
    return change.user if change is not None else None


def told_at(person: User, *, now: datetime) -> list[str]:
    """Return where a person is told what was done to their account: also where they can still take a change back."""
    former = _given_up(now).filter(user=person).order_by("settled_at").values_list("former", flat=True)
    return list(dict.fromkeys((person.email, *former)))


def _given_up(now: datetime) -> QuerySet[EmailChange]:
    return EmailChange.objects.filter(state=EmailChangeState.DONE, settled_at__gt=now - UNDONE_WITHIN)
