"""Mail of accounts: one function to send it, and the list of what can be sent.

Mails hold tokens, so they are sent here and now, never by a queue; call `send()` after the commit.
"""

import logging
from enum import StrEnum
from typing import Final

import redis
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

logger = logging.getLogger(__name__)

# The demo keeps its mail in Valkey; everything else speaks SMTP, whose errors are OSErrors.
FAILURES: Final = (OSError, redis.RedisError)


class Mail(StrEnum):
    """A mail's name is that of its templates in `templates/mail/`."""

    CONFIRM = "confirm"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 (the name of a mail)
    NO_ACCOUNT = "no_account"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (the name of a mail)
    EMAIL_WANTED = "email_wanted"
    EMAIL_TAKEN = "email_taken"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGED = "email_changed"
    EMAIL_CHANGED_HERE = "email_changed_here"
    EMAIL_KEPT = "email_kept"
    NEW_OWNER = "new_owner"
    MEMBER_UNUSED = "member_unused"
    MEMBER_ENDED = "member_ended"
    LAST_OWNER_UNUSED = "last_owner_unused"
    FACTOR_CHANGED = "factor_changed"
    BACKUP_CODE_USED = "backup_code_used"
    FACTORS_RESET = "factors_reset"
    MEMBER_FACTORS_RESET = "member_factors_reset"
    LOCKED = "locked"
    UNLOCK = "unlock"
    INVITATION = "invitation"
    INCIDENT = "incident"
    INCIDENT_OTHER = "incident_other"
    DUE = "due"
    CONTROL = "control"
    BREAK_GLASS = "break_glass"
    PLACE_DUE = "place_due"
    TRAINING = "training"
    OPERATOR_RESET_ASKED = "operator_reset_asked"
    OPERATOR_RESET = "operator_reset"
    SUPPORT_ASKED = "support_asked"
    SUPPORT_APPROVED = "support_approved"
    MODE = "mode"
    DRIFT = "drift"
    EVIDENCE = "evidence"
    VISITOR_ANSWER = "visitor_answer"
    VISITOR_TRANSCRIPT = "visitor_transcript"
    VISITOR_LINK_CODE = "visitor_link_code"
    VISITOR_CODE = "visitor_code"


SUBJECTS: Final = {
    Mail.CONFIRM: "Confirm your e-mail address",
    Mail.ALREADY_REGISTERED: "You already have a Hushdesk account",
    Mail.RESET_PASSWORD: "Choose a new password",
    Mail.NO_ACCOUNT: "There is no Hushdesk account for this address",
    Mail.PASSWORD_CHANGED: "Your password was changed",
    Mail.EMAIL_WANTED: "Use this address for your Hushdesk account",
    Mail.EMAIL_TAKEN: "This address has a Hushdesk account already",
    Mail.EMAIL_CHANGE_ASKED: "Another address is wanted for your account",
    Mail.EMAIL_CHANGED: "Your account has another address now",
    Mail.EMAIL_CHANGED_HERE: "Your account has this address now",
    Mail.EMAIL_KEPT: "Choose a new password: your address was put back",
    Mail.NEW_OWNER: "An organisation has another owner",
    Mail.MEMBER_UNUSED: "Your access is about to be switched off",
    Mail.MEMBER_ENDED: "Your access was switched off",
    Mail.LAST_OWNER_UNUSED: "An organisation has no owner who looks after it",
    Mail.FACTOR_CHANGED: "Your second factor was changed",
    Mail.BACKUP_CODE_USED: "A backup code of yours was used",
    Mail.FACTORS_RESET: "Your second factor was reset",
    Mail.MEMBER_FACTORS_RESET: "The second factor of a member was reset",
    Mail.LOCKED: "Signing in to your account was locked",
    Mail.UNLOCK: "Sign in although your account is locked",
    Mail.INVITATION: "You are invited to Hushdesk",
    Mail.PLACE_DUE: "Limit networks or browsers within seven days",
    Mail.BREAK_GLASS: "A break-glass code was used",
    Mail.INCIDENT: "Card data was found in stored chats",
    Mail.INCIDENT_OTHER: "There is an incident to look at",
    Mail.DUE: "A deadline of your organisation",
    Mail.CONTROL: "A control has failed or was missed",
    Mail.TRAINING: "A course is due",
    Mail.OPERATOR_RESET_ASKED: "An operator's second factor is to be reset",
    Mail.OPERATOR_RESET: "An operator's second factor was reset",
    Mail.SUPPORT_ASKED: "An operator asks for support access",
    Mail.SUPPORT_APPROVED: "Support access was opened",
    Mail.MODE: "A compliance mode has changed",
    Mail.DRIFT: "Settings were changed behind the application",
    Mail.EVIDENCE: "A control is failing",
    Mail.VISITOR_ANSWER: "There is an answer for you",
    Mail.VISITOR_TRANSCRIPT: "The transcript you asked for",
    Mail.VISITOR_LINK_CODE: "Your code",
    Mail.VISITOR_CODE: "Your code for the chat",
}


class MailNotSentError(Exception):
    """The mail server did not take the mail. What it was about is kept; it can be asked for again."""

    def __str__(self) -> str:
        return "The mail could not be sent just now. Nothing is lost: please try again in a minute."


def send(mail: Mail, to: str, **facts: str) -> None:
    """Send one mail as plain text and HTML.

    Args:
        mail: Which.
        to: The one recipient.
        facts: What its templates name.

    Raises:
        MailNotSentError: It could not be handed over.
    """
    context = {**facts, "site_url": settings.SITE_URL, "subject": SUBJECTS[mail]}
    message = EmailMultiAlternatives(SUBJECTS[mail], render_to_string(f"mail/{mail}.txt", context), to=[to])
    message.attach_alternative(render_to_string(f"mail/{mail}.html", context), "text/html")
    try:
        message.send()
    except FAILURES as error:
        logger.warning("mail not sent", extra={"event": mail.value, "reason": type(error).__name__})
        raise MailNotSentError from None
    logger.info("mail sent", extra={"event": mail.value})


def link(page: str, token: str = "") -> str:
    """Return a page's full address. A token goes into the fragment, which no server and no log sees."""
    return f"{settings.SITE_URL}{reverse(page)}" + (f"#{token}" if token else "")
