"""What a drill has found: counts and names out of the code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from compliance.models import DrillFault
from tenants.keyring.scope import ALIAS

#: Content first: who writes between the two dumps has a key that nothing was sealed with, not a text without a key.
ALIASES: Final = ("default", ALIAS)
Tell = Callable[[str], None]


class Pair(NamedTuple):
    """Something of the content database, and of the key ring's."""

    content: Any
    keys: Any


@dataclass(frozen=True, slots=True)
class Opened:
    """Of an organisation's sample: how much opened, how much did not and should, what is withheld by who holds the key.

    `unreadable` and `readable` are texts of people who were erased since the backup, tried with the live key ring.
    """

    opened: int = 0
    closed: int = 0
    withheld: int = 0
    unreadable: int = 0
    readable: int = 0


@dataclass(slots=True)
class Found:
    """What a drill has found so far. `of`: by chain, its entries and what was tried of the organisation.

    `anchor` is the number of the newest one that was verified.
    """

    started_at: datetime
    is_own: bool
    backup_made_at: datetime | None = None
    restored_s: float = 0.0
    databases: int = 0
    tenants: int = 0
    rows: int = 0
    stores: dict[str, int] = field(default_factory=dict)
    anchor: int = 0
    entries: int = 0
    of: dict[UUID, tuple[int, Opened]] = field(default_factory=dict)
    faults: list[DrillFault] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def total(self, what: str) -> int:
        """Return a figure of the samples of all organisations together."""
        return sum(getattr(opened, what) for _, opened in self.of.values())

    def add(self, fault: DrillFault) -> None:
        if fault not in self.faults:
            self.faults.append(fault)
