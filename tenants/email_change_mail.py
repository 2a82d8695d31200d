"""Mail about another address of an account: to the wanted one, and to the one it has."""

from contextlib import suppress
from datetime import datetime

from tenants import mail
from tenants.holders import holder_of
from tenants.mail import Mail, MailNotSentError
from tenants.models import EmailChange, User
from tenants.tokens import EMAIL_FORMER, EMAIL_WANTED, PASSWORD_RESET


def tell_asked(change: EmailChange) -> None:
    """Tell the present address, with the link that stops it.

    Raises:
        MailNotSentError: It could not be handed over.
    """
    mail.send(Mail.EMAIL_CHANGE_ASKED, change.former, wanted=change.wanted, link=_stop_link(change))


def send_link(change: EmailChange, *, now: datetime) -> None:
    """Mail the link to the wanted address; to one that is somebody's, that it is. One mail in each case.

    Raises:
        MailNotSentError: It could not be handed over.
    """
    holder = holder_of(change.wanted, now=now)
    if holder is not None and holder.id != change.user_id:
        mail.send(Mail.EMAIL_TAKEN, change.wanted, link=mail.link("accounts:sign_in"))
        return
    token = EMAIL_WANTED.issue(change.id)
    mail.send(Mail.EMAIL_WANTED, change.wanted, link=mail.link("accounts:confirm_email_change", token))


def tell_changed(change: EmailChange) -> None:
    """Tell both addresses that it is done. One that can't be told takes nothing back: the former has its link."""
    with suppress(MailNotSentError):  # it is logged there
        mail.send(Mail.EMAIL_CHANGED, change.former, wanted=change.wanted, link=_stop_link(change))
    with suppress(MailNotSentError):
        mail.send(Mail.EMAIL_CHANGED_HERE, change.wanted, link=mail.link("accounts:security"))


def put_back(person: User, *, now: datetime) -> None:
    """Mail the link to choose a new password.

    Raises:
        MailNotSentError: It could not be handed over.
    """
    token = PASSWORD_RESET.issue(person, now=now)
    mail.send(Mail.EMAIL_KEPT, person.email, link=mail.link("accounts:reset_password", token))


def _stop_link(change: EmailChange) -> str:
    return mail.link("accounts:stop_email_change", EMAIL_FORMER.issue(change.id))
