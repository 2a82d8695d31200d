"""What a visitor's form page shows to be the one: signed by us, for one request of one person, until that runs out.

It stands in the address after `#`, which no browser sends, and is taken out of there at once (docs/adr/0004).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from django.core import signing

_SALT: Final = "chat.secure_form"
MAX_LENGTH: Final = 400


class BadPassError(Exception):
    """We did not make it, or it has run out."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Whose request it opens."""

    tenant_id: UUID
    request_id: UUID
    contact_id: UUID

    def issue(self, *, until: datetime) -> str:
        """Return it signed, good until some moment."""
        facts = [self.tenant_id.hex, self.request_id.hex, self.contact_id.hex, int(until.timestamp())]
        return signing.Signer(salt=_SALT, sep=".").sign_object(facts)

    @classmethod
    def of(cls, told: str, *, now: datetime) -> Self:
        """Return what a pass says.

        Raises:
            BadPassError: It is none, or not any more.
        """
        try:
            tenant, request, contact, until = signing.Signer(salt=_SALT, sep=".").unsign_object(told[:MAX_LENGTH])
        except (signing.BadSignature, ValueError, TypeError):
            raise BadPassError from None
        if now.timestamp() >= until:
            raise BadPassError
        return cls(UUID(tenant), UUID(request), UUID(contact))
