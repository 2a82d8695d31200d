"""How the apps above expose what they hold: compliance never names them.

An app registers a `RecordStore`, and what is `Expiring`, when it is ready. Retention, re-scan and export reach records
through them. Each method runs inside the tenant's scope, opened by the caller, and does one bounded batch.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from compliance.masking import MaskingPolicy
from compliance.models import RecordClass
from compliance.rule_sets import RuleSetInForce
from tenants.encryption import Slot
from tenants.models import Membership, TenantModel


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a pass through what has expired came: the last event and the id of the record it looked at last."""

    at: datetime
    id: UUID


@dataclass(frozen=True, slots=True)
class Erased:
    """What one batch of a purge removed: records, and per kind of row how many. `place` is None at the end."""

    records: int
    counts: Mapping[str, int] = field(default_factory=dict)
    place: Mark | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a purge would remove: records, per kind of row how many, and how many records are held back."""

    records: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    held: int = 0


#: Per class of records, the instant before which its last event has to lie for a record to go. No entry: nothing goes.
Cutoffs = Mapping[RecordClass, datetime]


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk through a store came; what the two say is the store's own matter."""

    number: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Caught:
    """Card data found in one stored text: where, per kind how many, and which rule set had let it pass."""

    record_kind: str
    record_id: UUID
    conversation_id: UUID | None
    counts: Mapping[str, int]
    let_pass: int


@dataclass(frozen=True, slots=True)
class Rescanned:
    """What one batch of a re-scan, or of a count, did. `place` is None at the end.

    `counts` are findings per entity; of a count, texts per entity. `failed` texts are left as they were.
    """

    looked_at: int
    changed: int
    counts: Mapping[str, int]
    place: Place | None
    failed: int = 0
    caught: Sequence[Caught] = ()


class RecordStore(Protocol):
    """One class of records and what may be asked of it."""

    @property
    def record_class(self) -> RecordClass:
        """What a retention policy calls these records."""

    @property
    def holds(self) -> tuple[type[TenantModel], ...]:
        """Whose rows these records are made of: all of one organisation, the one in scope."""

    def erase_all(self, *, limit: int) -> Erased:
        """Erase up to `limit` records of a closed organisation, and at last what its people had set up for them."""

    def rescan(self, *, rule_set: RuleSetInForce, after: Place | None, limit: int, now: datetime) -> Rescanned:
        """Mask up to `limit` texts scanned with an older rule set, beyond a place."""

    def has_outdated(self, number: int) -> bool:
        """Whether there is a text scanned with an older rule set than this."""

    def count_outdated(self, number: int) -> int:
        """How many texts were scanned with an older rule set than this."""

    def count_texts(self) -> int:
        """How many texts there are to mask."""

    def try_out(self, *, policy: MaskingPolicy, after: Place | None, limit: int) -> Rescanned:
        """Count what a policy would mask in up to `limit` texts beyond a place. Nothing is written."""

    def try_out_recent(self, *, policy: MaskingPolicy, after: UUID, until: UUID, limit: int) -> Rescanned:
        """Count what a policy would mask in up to `limit` texts made after one and no later than another.

        The place's id is that of the last one looked at.
        """

    def count(self) -> int:
        """How many records there are."""

    def export(self, membership: Membership, *, limit: int, now: datetime) -> Iterator[dict[str, Any]]:
        """Yield up to `limit` records, newest first, as one member may read them: one JSON object each."""


class Expiring(Protocol):
    """One class of records that a retention policy speaks of. What a legal hold covers, neither method touches."""

    @property
    def record_class(self) -> RecordClass:
        """What a retention policy calls these records."""

    def erase_expired(self, *, before: datetime, limit: int, after: Mark | None = None) -> Erased:
        """Erase up to `limit` records whose last event lies before an instant, with all that hangs on them.

        A pass goes through them from the oldest on, beyond `after`.
        """

    def expected(self, *, cutoffs: Cutoffs) -> Expected:
        """Count what would go, and what is held back. What goes with a record of another class is counted there."""


class SealedSample(Protocol):
    """Sealed texts of an organisation, and whose keys seal them, for a drill that tries whether they open."""

    def spread(self, *, limit: int) -> list[tuple[Slot, bytes]]:
        """Return up to `limit` envelopes, spread evenly from the oldest to the newest."""

    def of_people(self, people: Collection[UUID], *, limit: int) -> list[tuple[Slot, bytes]]:
        """Return up to `limit` envelopes of these people."""

    def people(self, *, after: UUID | None, limit: int) -> list[UUID]:
        """Return up to `limit` people in the order of their ids, beyond one of them."""

    def present(self, people: Collection[UUID]) -> set[UUID]:
        """Return those of them who are there."""


_expiring: Final[dict[RecordClass, Expiring]] = {}
_samples: Final[list[SealedSample]] = []
_stores: Final[dict[RecordClass, RecordStore]] = {}


def register(store: RecordStore) -> None:
    """Make a store known. Called by an app when it is ready."""
    _stores[store.record_class] = store


def register_expiring(expiring: Expiring) -> None:
    """Make a class of records known that a purge looks after. Called by an app when it is ready."""
    _expiring[expiring.record_class] = expiring


def register_sample(sample: SealedSample) -> None:
    """Make sealed texts known. Called by an app when it is ready."""
    _samples.append(sample)


def samples() -> list[SealedSample]:
    """Return whatever has sealed texts."""
    return list(_samples)


def expiring() -> list[Expiring]:
    """Return what a purge looks after, in the order of the classes."""
    return [_expiring[name] for name in RecordClass if name in _expiring]


def store_after(record_class: str) -> RecordStore | None:
    """Return the store that follows one in the order of their names; the first for an empty name, None at the end."""
    following = sorted(name for name in _stores if str(name) > record_class)
    return _stores[following[0]] if following else None


def stores() -> list[RecordStore]:
    """Return every store."""
    return list(_stores.values())


def store_of(record_class: RecordClass) -> RecordStore:
    """Return the store of a class of records."""
    return _stores[record_class]
