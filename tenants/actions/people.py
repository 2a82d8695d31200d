"""A person's account: signing up, confirming the address, a new password."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from tenants.actors import Actor
from tenants.holders import holder_of
from tenants.models import Membership, Tenant, User
from tenants.models.user import normal_password
from tenants.passwords.judging import judge
from tenants.passwords.setting import set_password
from tenants.scoping import tenant_scope
from tenants.selectors import memberships_of
from tenants.signals import announce
from tenants.text_checks import check_readable
from tenants.tokens import CONFIRMATION


class WrongPasswordError(Exception):
    """It is not the password that was chosen at sign-up."""


class AddressTakenError(Exception):
    """The address belongs to someone already."""


@transaction.atomic
def sign_up(*, email: str, name: str, password: str, now: datetime) -> User | None:
    """Keep a sign-up until the address is confirmed; None where the address belongs to someone already.

    A second sign-up for an unconfirmed address takes the place of the first: its links die with its password, so
    what the owner of the mailbox confirms is what was asked for last.

    Raises:
        HoldsSensitiveDataError: Name or address hold a card number or the like.
        UnfitPasswordError: The password does not meet the rules.
    """
    check_readable(f"{name} {email}")
    # Judged by what was typed, and hashed in every case: a known address answers as an unknown one, and no sooner.
    judge(password, User(email=email, name=name), ())
    sealed = make_password(normal_password(password))
    person = User.objects.with_email(email).select_for_update().first()
    if holder_of(email, now=now) is not None:
        return None
    if person is None:
        person, is_new = User.objects.get_or_create(
            email=email, defaults={"name": name, "password": sealed, "created_at": now}
        )
        if is_new:
            return person
        person = User.objects.select_for_update().get(id=person.id)
    if person.is_confirmed or not person.is_active:
        return None
    person.name, person.password = name, sealed
    person.save(update_fields=["name", "password"])
    return person


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    password: str,
    now: datetime,
    is_operator: bool = False,
    is_own_password: bool = True,
    joining: Tenant | None = None,
) -> User:
    """Make an account whose address is already proven; an unconfirmed sign-up for it is taken over.

    Args:
        email: The address.
        name: What colleagues call them.
        password: Their password.
        now: The present.
        is_operator: Whether they are our staff.
        is_own_password: Whether they chose the password; else they choose another when they first sign in.
        joining: The organisation they are about to join, whose rules hold for the password.

    Raises:
        AddressTakenError: The address belongs to someone.
        HoldsSensitiveDataError: Name or address hold a card number or the like.
        UnfitPasswordError: The password does not meet the rules.
    """
    check_readable(f"{name} {email}")
    person = User.objects.with_email(email).select_for_update().first() or User(email=email, created_at=now)
    if holder_of(email, now=now) is not None:
        raise AddressTakenError
    person.name, person.email_confirmed_at, person.is_operator = name, now, is_operator
    tenants = [joining] if joining is not None else []
    set_password(person, password, tenants=tenants, now=now, is_own=is_own_password)
    person.save()
    return person


@transaction.atomic
def confirm_email(*, token: str, password: str, now: datetime) -> User:
    """Confirm the address of a sign-up, by the mailed token and the password chosen then.

    The password is asked for so that nobody has their own confirmed by the owner of another's mailbox.

    Raises:
        BadTokenError: The token is unknown, spent or expired.
        WrongPasswordError: The password is another.
    """
    person = CONFIRMATION.read(token, now=now)
    if not person.check_password(password):
        raise WrongPasswordError
    person.email_confirmed_at = now
    person.save(update_fields=["email_confirmed_at"])
    return person


def tell_organisations(
    person: User, event: str, *, at: datetime, actor: Actor | None = None, **facts: str | int | bool
) -> None:
    """Announce what became of a person's account in each of their organisations; they did it, unless told."""
    for summary in memberships_of(person):
        with tenant_scope(summary.tenant_id):
            membership = Membership.objects.get(id=summary.membership_id)
            announce(event, actor=actor or Actor.member(membership), subject=membership, at=at, **facts)
