"""How the apps above expose what they hold: compliance never names them.

An app registers a `RecordStore` when it is ready. Retention, re-scan and export reach records through it. Each
method runs inside the tenant's scope, opened by the caller, and does one bounded batch.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from compliance.models import RecordClass
from compliance.rule_sets import RuleSetInForce
from tenants.models import Membership, TenantModel


@dataclass(frozen=True, slots=True)
class Erased:
    """What one batch of a purge removed: records, and per kind of row how many."""

    records: int
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a re-scan came: the rule set number of the last text looked at, and its id."""

    number: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Rescanned:
    """What one batch of a re-scan did. `place` is None when nothing older is left."""

    looked_at: int
    changed: int
    counts: Mapping[str, int]
    place: Place | None


class RecordStore(Protocol):
    """One class of records and what may be asked of it."""

    @property
    def record_class(self) -> RecordClass:
        """What a retention policy calls these records."""

    @property
    def holds(self) -> tuple[type[TenantModel], ...]:
        """Whose rows these records are made of: all of one organisation, the one in scope."""

    def erase_expired(self, *, before: datetime, limit: int) -> Erased:
        """Erase up to `limit` records whose last event lies before an instant, with all that hangs on them."""

    def erase_all(self, *, limit: int) -> Erased:
        """Erase up to `limit` records of a closed organisation, and at last what its people had set up for them."""

    def rescan(self, *, rule_set: RuleSetInForce, after: Place | None, limit: int, now: datetime) -> Rescanned:
        """Mask up to `limit` texts scanned with an older rule set, beyond a place."""

    def has_outdated(self, number: int) -> bool:
        """Whether there is a text scanned with an older rule set than this."""

    def count(self) -> int:
        """How many records there are."""

    def export(self, membership: Membership, *, limit: int, now: datetime) -> Iterator[dict[str, Any]]:
        """Yield up to `limit` records, newest first, as one member may read them: one JSON object each."""


_stores: Final[dict[RecordClass, RecordStore]] = {}


def register(store: RecordStore) -> None:
    """Make a store known. Called by an app when it is ready."""
    _stores[store.record_class] = store


def stores() -> list[RecordStore]:
    """Return every store."""
    return list(_stores.values())


def store_of(record_class: RecordClass) -> RecordStore:
    """Return the store of a class of records."""
    return _stores[record_class]
