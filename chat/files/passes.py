"""What a browser shows to be handed a file: signed by us, for one file and one viewer, for minutes.

It comes in the body of a request and is never part of an address (docs/adr/0004); who it was made for is looked up
again each time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, Self
from uuid import UUID

from django.core import signing

_SALT: Final = "chat.file"
MAX_LENGTH: Final = 600
GOOD_FOR: Final = timedelta(minutes=5)


class BadFilePassError(Exception):
    """We did not make it, or it has run out."""


@dataclass(frozen=True, slots=True)
class FilePass:
    """Which file, and for whom: a visitor by their session, a member by membership and sign-in."""

    tenant_id: UUID
    attachment_id: UUID
    side: Literal["visitor", "member"]
    viewer_id: UUID
    session_id: UUID

    def issue(self, *, now: datetime) -> str:
        """Return it signed."""
        until = int((now + GOOD_FOR).timestamp())
        ids = (self.tenant_id, self.attachment_id, self.viewer_id, self.session_id)
        return signing.Signer(salt=_SALT, sep=".").sign_object([self.side, *(one.hex for one in ids), until])

    @classmethod
    def of(cls, told: str, *, now: datetime) -> Self:
        """Return what a pass says.

        Raises:
            BadFilePassError: It is none, or not any more.
        """
        try:
            side, *ids, until = signing.Signer(salt=_SALT, sep=".").unsign_object(told[:MAX_LENGTH])
            tenant, attachment, viewer, session = (UUID(one) for one in ids)
        except (signing.BadSignature, ValueError, TypeError):
            raise BadFilePassError from None
        if now.timestamp() >= until:
            raise BadFilePassError
        return cls(tenant, attachment, side, viewer, session)
