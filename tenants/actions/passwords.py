"""A person's new password: changed by themselves, or chosen anew by a mailed token."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from tenants.actions import sessions
from tenants.actions.people import tell_organisations
from tenants.models import User
from tenants.passwords.judging import look, tenants_of
from tenants.passwords.setting import set_password
from tenants.tokens import PASSWORD_RESET


class WrongPresentPasswordError(Exception):
    """It is not the person's present password."""


@transaction.atomic
def reset_password(*, token: str, password: str, now: datetime) -> User:
    """Set a new password by a mailed token, and end every session. The second factor stays.

    Raises:
        BadTokenError: The token is unknown, spent or expired.
        UnfitPasswordError: The password does not meet the person's rules; the token stays good.
    """
    person = PASSWORD_RESET.read(token, now=now)
    _choose(person, password, now=now)
    sessions.end_all(person, now=now)
    tell_organisations(person, "member.password_reset", at=now)
    return person


@transaction.atomic
def change_password(*, person_id: UUID, present: str, password: str, now: datetime) -> User:
    """Set a new password by the present one, and end every session; the caller may keep its own.

    Raises:
        WrongPresentPasswordError: `present` is not the present one.
        UnfitPasswordError: The new one does not meet the person's rules.
    """
    person = User.objects.select_for_update().get(id=person_id)
    if not person.check_password(present):
        raise WrongPresentPasswordError
    _choose(person, password, now=now)
    tell_organisations(person, "member.password_changed", at=now)
    return person


@transaction.atomic
def look_at_present(*, person: User, password: str) -> None:
    """Ask for another password where the present one, just typed by its owner, no longer meets their rules.

    A mode was switched on since, or it came to be known as stolen. The gate leads them to the page that changes it.
    """
    if not person.must_change_password and look(password, person, tenants_of(person)):
        person.must_change_password = True
        person.save(update_fields=["must_change_password"])


def _choose(person: User, password: str, *, now: datetime) -> None:
    set_password(person, password, tenants=tenants_of(person), now=now)
    person.session_epoch += 1
    person.save(update_fields=["password", "must_change_password", "session_epoch"])
