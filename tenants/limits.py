"""How often one address on the network, one mailbox or one person may ask; who asks more is told when to come back."""

from math import ceil
from typing import Final
from uuid import UUID

from django.http import HttpRequest

from helpdesk.core.client_address import bucket, client_address
from helpdesk.core.ratelimit import Limit

HOUR_S: Final = 3600

# Pages that send mail: by who asks, and by whom the mail would reach.
MAILS_ASKED: Final = Limit("mails-asked", burst=20, per_s=20 / HOUR_S)
MAILS_RECEIVED: Final = Limit("mails-received", burst=4, per_s=4 / HOUR_S)
# Mailed codes, right or wrong. They cannot be guessed; this keeps the page from being a load.
CODES_TRIED: Final = Limit("codes-tried", burst=100, per_s=100 / HOUR_S)
# Mails that tell of a lock, by whom they reach: whoever locks a name again and again must not fill a mailbox by it.
LOCKS_TOLD: Final = Limit("locks-told", burst=3, per_s=3 / (24 * HOUR_S))
# A mailed link that opens something by itself, by its token: once while it lives.
LINKS_OPENED: Final = Limit("links-opened", burst=1, per_s=1 / HOUR_S)
# Passwords that failed from one address, whoever they were for: a spray over many people (lock-out counts per person).
SIGN_INS_FAILED: Final = Limit("sign-ins-failed", burst=50, per_s=50 / (HOUR_S / 2))
# Codes of the second factor that failed, of one person over all their devices; each device slows down by itself too.
FACTORS_FAILED: Final = Limit("factors-failed", burst=6, per_s=6 / (HOUR_S / 2))
# Passkeys can't be guessed; these keep asking and failing from being a load.
CHALLENGES_ASKED: Final = Limit("challenges-asked", burst=300, per_s=300 / HOUR_S)
PASSKEYS_FAILED: Final = Limit("passkeys-failed", burst=50, per_s=50 / (HOUR_S / 2))
# Present passwords typed on the page that changes them, by the person whose session it is.
PASSWORDS_TRIED: Final = Limit("passwords-tried", burst=6, per_s=6 / (HOUR_S / 2))
# Codes that break the glass, by the member who types them. They cannot be guessed; this keeps a thief from trying.
BREAK_GLASS_TRIED: Final = Limit("break-glass-tried", burst=5, per_s=5 / HOUR_S)
# How often it is written down that one session comes from where it may not.
TURNED_AWAY_NOTED: Final = Limit("turned-away-noted", burst=1, per_s=1 / 600)
ORGANISATIONS_OPENED: Final = Limit("organisations-opened", burst=10, per_s=10 / HOUR_S)
INVITATIONS_SENT: Final = Limit("invitations-sent", burst=30, per_s=30 / HOUR_S)


class TooManyTriesError(Exception):
    """An allowance is used up for now."""

    def __init__(self, wait_s: float) -> None:
        super().__init__()
        self.wait_s = ceil(wait_s)

    def __str__(self) -> str:
        return f"That was too often. Please try again in {in_words(self.wait_s)}."


def take(limit: Limit, key: str, tenant_id: UUID | None = None) -> None:
    """Use up one of an allowance.

    Raises:
        TooManyTriesError: None is left.
    """
    if (wait_s := limit.wait_s(key, tenant_id)) > 0:
        raise TooManyTriesError(wait_s)


def give_back(limit: Limit, key: str) -> None:
    """Give back what was taken beforehand for a try that turned out well."""
    limit.give_back(key)


def origin_of(request: HttpRequest) -> str:
    """Return what to count a request's sender by."""
    return bucket(client_address(request))


def in_words(seconds: float) -> str:
    """Say a waiting time, rounded up."""
    if seconds <= 1:
        return "a second"
    if seconds < 60:
        return f"{ceil(seconds)} seconds"
    minutes = ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
