"""Who seals with a key, and so must let go of its old version before that is destroyed.

An app registers a `KeyUse` for a purpose, or for contact keys, when it is ready. Each call is one bounded batch and
opens the scopes it needs by itself. What is left to do is seen in the data, so a killed job just goes on.
"""

from typing import Final, Protocol
from uuid import UUID


class KeyUse(Protocol):
    """Something sealed or derived with a key."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        """Bring up to `limit` items from `old_version`, or one before it, to the newest; return how many there were.

        Args:
            subject: The purpose of a tenant key, or the id of the contact.
        """

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        """Whether anything still needs `old_version` or one before it. It is destroyed only if not."""


CONTACT: Final = "contact"

_uses: Final[dict[str, list[KeyUse]]] = {}


def register(subject_kind: str, use: KeyUse) -> None:
    """Make a use known: of a tenant key by its purpose, of contact keys by `CONTACT`."""
    known = _uses.setdefault(subject_kind, [])
    if not any(type(one) is type(use) for one in known):
        known.append(use)


def of(subject_kind: str) -> list[KeyUse]:
    """Return who seals with a kind of key."""
    return list(_uses.get(subject_kind, ()))
