"""What a page for one visitor shows to be the one: signed by us, for one request of one person, until that runs out.

It stands in the address after `#`, which no browser sends, and is taken out of there at once (docs/adr/0004).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

from django.core import signing

MAX_LENGTH: Final = 400


class BadPassError(Exception):
    """We did not make it, or it has run out."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Whose request for a secure form it opens."""

    salt: ClassVar[str] = "chat.secure_form"
    tenant_id: UUID
    request_id: UUID
    contact_id: UUID

    def issue(self, *, until: datetime) -> str:
        """Return it signed, good until some moment."""
        facts = [*(fact.hex for fact in self._facts()), int(until.timestamp())]
        return signing.Signer(salt=self.salt, sep=".").sign_object(facts)

    @classmethod
    def of(cls, told: str, *, now: datetime) -> Self:
        """Return what a pass says.

        Raises:
            BadPassError: It is none, or not any more.
        """
        try:
            *facts, until = signing.Signer(salt=cls.salt, sep=".").unsign_object(told[:MAX_LENGTH])
        except (signing.BadSignature, ValueError, TypeError):
            raise BadPassError from None
        if now.timestamp() >= until:
            raise BadPassError
        return cls(*map(UUID, facts))

    def _facts(self) -> tuple[UUID, ...]:
        return (self.tenant_id, self.request_id, self.contact_id)


@dataclass(frozen=True, slots=True)
class ProofPass(Pass):
    """Whose request to prove who they are it opens, and in which of their browsers."""

    salt: ClassVar[str] = "chat.proof"
    session_id: UUID

    def _facts(self) -> tuple[UUID, ...]:
        return (self.tenant_id, self.request_id, self.contact_id, self.session_id)
