"""Another e-mail address: asked for by its owner, opened from the new mailbox, taken back from the old one."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction

from tenants.actions import sessions
from tenants.actions.passwords import WrongPresentPasswordError
from tenants.actions.people import AddressTakenError, tell_organisations
from tenants.holders import holder_of
from tenants.lockout import counting
from tenants.models import EmailChange, EmailChangeState, User
from tenants.models.email_change import OPENED_WITHIN, UNDONE_WITHIN
from tenants.text_checks import check_readable
from tenants.tokens import EMAIL_FORMER, EMAIL_WANTED, BadTokenError, SpentTokenError

#: What nobody can own is nobody's (RFC 2606, section 2).
NOBODYS: Final = "set-aside.invalid"


class SameAddressError(Exception):
    """It is the person's address already."""


class AnotherPersonError(Exception):
    """The link is somebody else's than who is signed in."""


class ChangeExpiredError(BadTokenError):
    """The link is genuine and unused, but too old."""


@transaction.atomic
def ask(*, person_id: UUID, email: str, password: str, now: datetime) -> EmailChange:
    """Keep a person's wish for another address until its link is opened; one wished for before is withdrawn.

    An address that is somebody's is kept like any other: who asks learns nothing.

    Raises:
        WrongPresentPasswordError: It is not their password.
        SameAddressError: The address is theirs already.
        HoldsSensitiveDataError: The address holds a card number or the like.
    """
    check_readable(email)
    person = _locked(person_id)
    if not person.check_password(password):
        raise WrongPresentPasswordError
    if person.email.lower() == email.lower():
        raise SameAddressError
    _settle_open(person, EmailChangeState.WITHDRAWN, now)
    change = EmailChange.objects.create(user=person, former=person.email, wanted=email, asked_at=now)
    tell_organisations(person, "member.email_change_asked", at=now)
    return change


@transaction.atomic
def withdraw(*, person_id: UUID, now: datetime) -> bool:
    """Give the wish up; whether there was one."""
    return _settle_open(_locked(person_id), EmailChangeState.WITHDRAWN, now)


def open_change(person: User, *, now: datetime) -> EmailChange | None:
    """Return the change whose link waits to be opened."""
    waiting = EmailChange.objects.filter(user=person, state=EmailChangeState.ASKED, asked_at__gt=now - OPENED_WITHIN)
    return waiting.first()


def find_wanted(token: str, *, now: datetime) -> EmailChange:
    """Return the change that a link mailed to a wanted address would make.

    Raises:
        ChangeExpiredError: It is too old.
        SpentTokenError: It was opened before, or the change was given up.
        BadTokenError: It is none of ours.
    """
    change = _of(EMAIL_WANTED.read(token))
    if change.state != EmailChangeState.ASKED:
        raise SpentTokenError
    if now >= change.opens_until:
        raise ChangeExpiredError
    return change


@transaction.atomic
def confirm(*, token: str, password: str, signed_in: UUID | None, now: datetime) -> EmailChange:
    """Make the change, by the mailed token and the person's password; the caller may keep its own session.

    The password is asked for so that a slip in the wanted address gives the account to nobody.

    Args:
        token: Mailed to the wanted address.
        password: The person's.
        signed_in: Who is signed in at the browser that opened the link, if anybody.
        now: The present.

    Raises:
        BadTokenError: As `find_wanted`.
        AnotherPersonError: Somebody else is signed in there; the link stays good.
        WrongPresentPasswordError: The link stays good.
        AddressTakenError: Somebody else has taken the address meanwhile.
    """
    found = find_wanted(token, now=now)
    person = _locked(found.user_id)
    # Looked at again behind the lock: the same link may be open twice.
    change = find_wanted(token, now=now)
    if signed_in not in {None, person.id}:
        raise AnotherPersonError
    if not person.check_password(password):
        raise WrongPresentPasswordError
    holder = holder_of(change.wanted, now=now)
    if holder is not None and holder.id != person.id:
        raise AddressTakenError
    _move(person, change.wanted)
    change.state, change.settled_at = EmailChangeState.DONE, now
    change.save(update_fields=["state", "settled_at"])
    tell_organisations(person, "member.email_changed", at=now)
    change.user = person
    return change


@transaction.atomic
def take_back(*, token: str, now: datetime) -> EmailChange:
    """Stop a change, or undo it, from the former address; either way every session ends.

    What was changed after it is undone with it, so that nobody runs away from a mailbox in two steps.

    Raises:
        ChangeExpiredError: It was done too long ago.
        SpentTokenError: There is nothing to stop any more.
        BadTokenError: It is none of ours.
    """
    found = _of(EMAIL_FORMER.read(token))
    person = _locked(found.user_id)
    change = _of(found.id)
    if change.state == EmailChangeState.ASKED:
        change.state, event = EmailChangeState.STOPPED, "member.email_change_stopped"
        person.session_epoch += 1
        person.save(update_fields=["session_epoch"])
    elif change.state == EmailChangeState.DONE:
        if now >= change.undone_until:
            raise ChangeExpiredError
        _undo_later(change, now)
        _move(person, change.former)
        change.state, event = EmailChangeState.UNDONE, "member.email_change_undone"
    else:
        raise SpentTokenError
    change.settled_at = now
    change.save(update_fields=["state", "settled_at"])
    sessions.end_all(person, now=now)
    tell_organisations(person, event, at=now)
    change.user = person
    return change


def forget_old(*, now: datetime) -> int:
    """Forget addresses that nobody can take back any more; return how many rows."""
    forgotten, _ = EmailChange.objects.filter(asked_at__lt=now - OPENED_WITHIN - UNDONE_WITHIN).delete()
    return forgotten


def _of(change_id: UUID) -> EmailChange:
    change = EmailChange.objects.select_related("user").filter(id=change_id, user__is_active=True).first()
    if change is None:
        raise SpentTokenError
    return change


def _locked(person_id: UUID) -> User:
    return User.objects.select_for_update().get(id=person_id)


def _settle_open(person: User, state: EmailChangeState, now: datetime) -> bool:
    waiting = EmailChange.objects.filter(user=person, state=EmailChangeState.ASKED)
    return bool(waiting.update(state=state, settled_at=now))


def _undo_later(change: EmailChange, now: datetime) -> None:
    later = EmailChange.objects.filter(user_id=change.user_id, asked_at__gt=change.asked_at)
    later.filter(state=EmailChangeState.DONE).update(state=EmailChangeState.UNDONE, settled_at=now)
    later.filter(state=EmailChangeState.ASKED).update(state=EmailChangeState.STOPPED, settled_at=now)


def _move(person: User, email: str) -> None:
    """Give a person another address; tokens mailed to the one before, and every session, end with it."""
    # A sign-up of the address that nobody has confirmed is nobody's; its links die with it.
    for unproven in User.objects.with_email(email).filter(email_confirmed_at=None).select_for_update():
        unproven.email, unproven.is_active = f"{unproven.id.hex}@{NOBODYS}", False
        unproven.save(update_fields=["email", "is_active"])
    counting.forgive(person.email)
    person.email = email
    person.session_epoch += 1
    try:
        with transaction.atomic():
            person.save(update_fields=["email", "session_epoch"])
    except IntegrityError:  # a sign-up in the same moment
        raise AddressTakenError from None
