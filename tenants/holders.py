"""Whose address it is. One that was given up of late is still held for whoever may take it back."""

from datetime import datetime

from tenants.models import EmailChange, EmailChangeState, User
from tenants.models.email_change import UNDONE_WITHIN


def holder_of(email: str, *, now: datetime) -> User | None:
    """Return the person who has proven an address: it is theirs, or was until a few days ago."""
    person = User.objects.with_email(email).exclude(email_confirmed_at=None).first()
    if person is not None:
        return person
    given_up = EmailChange.objects.filter(
        former=email.lower(), state=EmailChangeState.DONE, settled_at__gt=now - UNDONE_WITHIN
    )
    change = given_up.select_related("user").order_by("-settled_at").first()
    return change.user if change is not None else None
