"""Telling a person by mail what happened to their second factor: it may not have been them.

Sent when the transaction is committed. A mail that can't be sent takes nothing back; the audit trail has it too.
"""

from contextlib import suppress
from functools import partial
from typing import Final

from django.db import transaction

from helpdesk.core import clock
from tenants import mail
from tenants.holders import told_at
from tenants.mail import Mail, MailNotSentError
from tenants.models import User
from tenants.models.backup_codes import FEW

ADDED_PASSKEY: Final = "A passkey was added to your account."
ADDED_APP: Final = "An authenticator app was added to your account."
REVOKED: Final = "A second factor was removed from your account."
NEW_CODES: Final = "New backup codes were made for your account; the old ones no longer work."
COPIED: Final = (
    "A passkey of yours was refused: it counted backwards, as a copy of it would. If you have not used it on two "
    "devices at the same moment, remove it."
)


def changed(person: User, what: str) -> None:
    """Tell of a change in words of our own."""
    _send_to(person, Mail.FACTOR_CHANGED, what=what, link=mail.link("accounts:security"))


def backup_code_used(person: User, *, left: int) -> None:
    """Tell that a backup code was used and how many are left."""
    count = f"{left} {'code is' if left == 1 else 'codes are'} left." if left else "None is left."
    advice = " Make new ones." if left <= FEW else ""
    _send_to(person, Mail.BACKUP_CODE_USED, left=f"{count}{advice}", link=mail.link("accounts:security"))


def reset(person: User, *, by: str) -> None:
    """Tell that someone took all of a person's factors away, and that they enrol anew at the next sign-in."""
    _send(Mail.FACTORS_RESET, person.email, by=by, link=mail.link("accounts:sign_in"))


def owners_told(addresses: list[str], *, name: str, by: str) -> None:
    """Tell owners that a member's factors were taken away."""
    for address in addresses:
        _send(Mail.MEMBER_FACTORS_RESET, address, name=name, by=by, link=mail.link("accounts:sign_in"))


def _send_to(person: User, one: Mail, **facts: str) -> None:
    for address in told_at(person, now=clock.now()):
        _send(one, address, **facts)


def _send(one: Mail, to: str, **facts: str) -> None:
    transaction.on_commit(partial(_send_now, one, to, **facts), robust=True)


def _send_now(one: Mail, to: str, **facts: str) -> None:
    with suppress(MailNotSentError):  # it is logged, and only tells of what is done
        mail.send(one, to, **facts)
