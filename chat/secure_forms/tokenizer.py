"""What a payment provider is to us: it takes a card on a page of its own, and tells a token, a brand, four digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID


class BadWebhookError(Exception):
    """The provider did not send this, or not now."""


class Progress(StrEnum):
    OPEN = "open"
    DONE = "done"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Session:
    """A page of the provider's, for one card, once. `id` is the provider's name of it."""

    id: str
    url: str


@dataclass(frozen=True, slots=True)
class Taken:
    """How far a session has come, and, once it is done, all that we may know of the card."""

    progress: Progress
    token: str = ""
    brand: str = ""
    last_four: str = ""


class PaymentTokenizer(Protocol):
    """One organisation's account at a provider. What each raises besides: `outbound.NotReachedError, NotTakenError`."""

    @property
    def name(self) -> str: ...

    def check(self) -> None:
        """See whether the provider knows this account, and lets it do what is asked of it here."""

    def create_session(self, *, reference: UUID, back: str, until: datetime) -> Session:
        """Return the provider's page for a reference: the same one, however often it is asked for.

        Args:
            reference: Which request it is for.
            back: Where the page leads when it is done.
            until: When it may be closed.
        """

    def token(self, session_id: str) -> Taken:
        """Return what the provider says of a session now."""

    def end_session(self, session_id: str) -> None:
        """Close a page on which nothing was given yet; one that is closed stays so."""

    def verify_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """Return of which session a message of the provider's tells; empty if of none. What it says is looked up.

        Raises:
            BadWebhookError: It is not the provider's.
        """
