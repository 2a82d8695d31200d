"""Passkeys: keeping a new one, and accepting what one has signed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from tenants import factor_mail
from tenants.actions.factors import check_may_enrol
from tenants.actions.people import tell_organisations
from tenants.models import Passkey, User
from tenants.relying_party import BadPasskeyError, credential_of, keep_passkey, verified_count


class CopiedPasskeyError(BadPasskeyError):
    """It is signed by the passkey, but counts no further than before, as a copy would (section 6.1.1)."""


@transaction.atomic
def add_passkey(*, person: User, challenge: str, answer: Any, name: str, is_first: bool, now: datetime) -> Passkey:
    """Keep a new passkey of a person.

    Args:
        person: Whose it is.
        challenge: What it had to sign; spent.
        answer: What `navigator.credentials.create()` gave, as JSON.
        name: What the person calls it.
        is_first: Whether only the password was given: then it must be the first factor.
        now: The present.

    Raises:
        NoEnrolmentError: They have a factor, or too many.
        BadPasskeyError: The answer is of no use.
    """
    check_may_enrol(person, is_first=is_first)
    passkey = keep_passkey(person, challenge, answer, name)
    tell_organisations(person, "member.factor_enrolled", at=now, kind="passkey")
    return passkey


def take_passkey(*, person: User | None, challenge: str, answer: Any, now: datetime) -> Passkey:
    """Accept what a passkey has signed.

    Args:
        person: Whose password was given; None where the passkey is the whole of signing in, and says whose it is.
        challenge: What it had to sign; spent.
        answer: What `navigator.credentials.get()` gave, as JSON.
        now: The present.

    Raises:
        BadPasskeyError: It is unknown, somebody else's, or has not signed this. Which, is not said.
        CopiedPasskeyError: It may be a copy; the person is told by mail, and it stands in the audit trail.
    """
    passkey, is_copy = _taken(person, challenge, answer, now)
    if is_copy:
        raise CopiedPasskeyError
    return passkey


@transaction.atomic
def _taken(person: User | None, challenge: str, answer: Any, now: datetime) -> tuple[Passkey, bool]:
    # Locked, so that of two answers that count the same the second one is seen.
    known = Passkey.objects.select_for_update(of=("self",)).select_related("user")
    passkey = known.filter(credential_id_sha256=credential_of(answer), confirmed=True).first()
    if passkey is None or (person is not None and passkey.user_id != person.id):
        raise BadPasskeyError
    count, is_backed_up = verified_count(passkey, challenge, answer, names_person=person is None)
    if not (passkey.user.is_active and passkey.user.is_confirmed):
        raise BadPasskeyError
    if (count or passkey.sign_count) and count <= passkey.sign_count:
        tell_organisations(passkey.user, "member.passkey_refused", at=now)
        factor_mail.changed(passkey.user, factor_mail.COPIED)
        return passkey, True
    passkey.sign_count, passkey.backup_state = count, is_backed_up
    passkey.set_last_used_timestamp(commit=False)
    passkey.save(update_fields=["sign_count", "backup_state", "last_used_at"])
    return passkey, False
