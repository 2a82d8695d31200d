"""What files an organisation takes, by its own choice and the floors of its modes; and what is told of a refusal."""

from dataclasses import dataclass
from typing import Final, Self

from chat.files.kinds import KINDS, FileRefusedError, Kind
from tenants import policies
from tenants.models import Tenant
from tenants.policy_names import ALL_FILES, FILE_KINDS, FILE_SCANNER, FILE_SIZE, FILE_TEXT, NO_FILES

MEGABYTE: Final = 1_000_000
#: The most that any organisation may choose; `helpdesk.core.bodies` lets no more in.
MOST_BYTES: Final = 25 * MEGABYTE

REASONS: Final = {
    "empty": "This file is empty.",
    "kind": "This kind of file can't be sent here.",
    "picture": "Pictures can't be sent here.",
    "off": "Files can't be sent here.",
    "size": "This file is too large.",
    "infected": "It was refused: the virus scanner found something in it.",
    "unscanned": "It was refused: no virus scanner could look at it.",
    "sensitive": "It was refused: it holds card or ID numbers, which must not be kept here.",
    "undecodable": "It was refused: it is damaged, or not what it says it is.",
    "pixels": "It was refused: the picture is too large to be opened safely.",
    "encrypted": "It was refused: it is locked by a password, so it can't be checked.",
    "length": "It was refused: it is too long to be checked.",
    "pictured": "It was refused: a page of it is a picture, which can't be checked for card numbers.",
    "damaged": "It can't be read any more.",
}


@dataclass(frozen=True, slots=True)
class FileRules:
    """What is in force."""

    kinds: str
    most_bytes: int
    scanner: str
    text: str

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        """Return what is in force for the organisation in scope."""
        chosen = policies.choices()
        kinds, size, scanner, text = (
            policies.value_of(tenant, key, chosen.get(key)) for key in (FILE_KINDS, FILE_SIZE, FILE_SCANNER, FILE_TEXT)
        )
        return cls(kinds, int(size) * MEGABYTE, scanner, text)

    @property
    def accepted(self) -> list[Kind]:
        """The kinds that are taken."""
        if self.kinds == NO_FILES:
            return []
        return [kind for kind in KINDS.values() if self.kinds == ALL_FILES or not kind.is_picture]

    def require_kind(self, kind: Kind) -> None:
        """Let a file of a kind that is taken pass.

        Raises:
            FileRefusedError: It is not.
        """
        if kind not in self.accepted:
            raise FileRefusedError("picture" if self.accepted else "off")

    def require_size(self, size: int) -> None:
        """Let a file of a size pass.

        Raises:
            FileRefusedError: It is too large, or no file is taken.
        """
        if not self.accepted:
            raise FileRefusedError("off")
        if size > self.most_bytes:
            raise FileRefusedError("size")
