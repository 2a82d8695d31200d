"""The encoding of an entry, version 1, and the walk along a chain (docs/audit.md)."""

import json
import struct
from bisect import bisect_left
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

VERSION: Final = b"\x01"
CHAIN_ENDED: Final = "audit.chain_ended"
#: All up to a position is past its time and goes: what it names stands before the first entry that is left.
EXPIRED: Final = "audit.expired"
#: Days. No policy lets entries go earlier. Then, how many microseconds one has.
LEAST_KEPT: Final = 180
DAY: Final = 86_400_000_000
#: The chain of what concerns operators alone.
OPERATORS: Final = UUID(int=0)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_length, _position, _times = struct.Struct(">I").pack, struct.Struct(">Q").pack, struct.Struct(">qq").pack


class BrokenError(Exception):
    """It is not as it was written. `position`: of the first bad entry, or the number of the first bad anchor."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"{position}: {why}")
        self.position, self.why = position, why


class Entry(NamedTuple):
    """One entry as it is hashed: ids in 16 bytes, instants in microseconds since 1970, `facts` the stored JSON text."""

    chain: bytes
    position: int
    id: bytes
    sealed_at: int
    at: int
    event: str
    actor_kind: str
    actor_id: bytes | None
    organisation_id: bytes | None
    object_kind: str
    object_id: bytes | None
    facts: str
    hash: bytes


class Checkpoint(NamedTuple):
    """What an entry says of those that go: up to which position, the last one's hash, how many days they were kept."""

    position: int
    hash: bytes
    days: int


def checkpoint_of(entry: Entry) -> Checkpoint:
    """Read what a checkpoint says.

    Raises:
        BrokenError: It says nothing that could be so.
    """
    try:
        facts = json.loads(entry.facts)
        told = Checkpoint(int(facts["position"]), plain(facts["hash"]), int(facts["days"]))
        is_right = 0 < told.position < entry.position and len(told.hash) == 32 and told.days >= LEAST_KEPT
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        is_right = False
    if not is_right:
        raise BrokenError(entry.position, "it cannot be a checkpoint")
    return told


def origin(chain: bytes) -> bytes:
    """Return what stands before the first entry of a chain."""
    return sha256(b"hushdesk audit chain 1 " + chain).digest()


def digest(entry: Entry, prior: bytes) -> bytes:
    """Return the hash of an entry that follows another: version, prior hash, then every field, of known length."""
    event, kind, subject = entry.event.encode(), entry.actor_kind.encode(), entry.object_kind.encode()
    facts = entry.facts.encode()
    parts = (
        VERSION, prior, entry.chain, _position(entry.position), entry.id, _times(entry.sealed_at, entry.at),
        _length(len(event)), event, _length(len(kind)), kind, _id(entry.actor_id), _id(entry.organisation_id),
        _length(len(subject)), subject, _id(entry.object_id), _length(len(facts)), facts,
    )  # fmt: skip
    return sha256(b"".join(parts)).digest()


def micros(instant: str | datetime) -> int:
    """Return an instant in microseconds since 1970; one without a zone is none.

    Raises:
        ValueError, TypeError: It is no instant.
    """
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return (moment - EPOCH) // MICROSECOND


def plain(text: str) -> bytes:
    """Read hexadecimal digits, of which there is one way to write them.

    Raises:
        ValueError: They are none, or written otherwise.
    """
    value = bytes.fromhex(text)
    if value.hex() != text:
        raise ValueError
    return value


def _id(value: bytes | None) -> bytes:
    return b"\x00" if value is None else b"\x01" + value


class Walk:
    """Goes along a chain, entry by entry, and along what was anchored of it (position to hash).

    It begins where `position` and `prior` say: a part of a chain (`is_part`) anywhere, a whole one whose first entries
    have expired where a checkpoint on the way says so (`told_by`). `seen` is when a position was last anchored as the
    head, in microseconds since 1970: by it a checkpoint is found that lets go what was not old enough.
    """

    def __init__(
        self,
        chain: bytes,
        *,
        anchored: Mapping[int, bytes] | None = None,
        seen: Mapping[int, int] | None = None,
        position: int = 0,
        prior: bytes = b"",
        is_part: bool = False,
    ) -> None:
        self.chain, self.position, self.hash = chain, position, prior or origin(chain)
        self.begin, self.needs_telling, self.told_by = (position, self.hash), position > 0 and not is_part, 0
        self.seen, self._heads = seen or {}, sorted(seen or {})
        self.anchored, self.sealed_at, self.entries, self.has_ended = anchored or {}, -(2**63), 0, False

    def take(self, entry: Entry, *, prior: bytes | None = None) -> None:
        """Go on to an entry.

        Raises:
            BrokenError: It is not the one that follows.
        """
        before = self._prior_of(entry, prior)
        try:
            found = digest(entry, before)
        except (AttributeError, TypeError, ValueError, struct.error) as error:
            raise BrokenError(entry.position, f"it cannot be an entry: {type(error).__name__}") from None
        if found != entry.hash:
            raise BrokenError(entry.position, "it was changed, or what stands before it")
        if self.anchored.get(entry.position, found) != found:
            raise BrokenError(entry.position, "another entry was anchored here")
        if entry.event == EXPIRED:
            self._begin_by(entry)
        self.position, self.hash, self.sealed_at = entry.position, found, entry.sealed_at
        self.entries += 1
        self.has_ended |= entry.event == CHAIN_ENDED

    def _prior_of(self, entry: Entry, prior: bytes | None) -> bytes:
        expected = self.position + 1
        if entry.chain != self.chain:
            raise BrokenError(expected, "an entry of another chain")
        if entry.position != expected and (prior is None or entry.position < expected):
            raise BrokenError(expected, f"missing, or not in its place: {entry.position} is here")
        before = self.hash if entry.position == expected else prior or b""
        if prior is not None and prior != before:
            raise BrokenError(entry.position, "it does not follow the entry before")
        if entry.sealed_at < self.sealed_at:
            raise BrokenError(entry.position, "sealed before the entry before")
        if self.has_ended and entry.actor_kind != "operator":
            raise BrokenError(entry.position, "after the end of the chain")
        return before

    def _begin_by(self, entry: Entry) -> None:
        """Hold a checkpoint against where the walk began, and against when what it lets go was the newest."""
        told = checkpoint_of(entry)
        if told.position == self.begin[0]:
            if told.hash != self.begin[1]:
                raise BrokenError(entry.position, "it names another entry as the last that expired")
            self.told_by = entry.position
        older = bisect_left(self._heads, told.position)
        # A day more: an anchor tells of the instant before it was made, by another clock.
        latest = entry.sealed_at - told.days * DAY + DAY
        if older and self.seen[self._heads[older - 1]] > latest:
            raise BrokenError(entry.position, f"it lets go what was not {told.days} days old")

    def end(self, through: int = 0) -> None:
        """Say that no entry follows.

        Raises:
            BrokenError: More was to be there, or was anchored; or nothing tells why the first ones are not.
        """
        if self.needs_telling and not self.told_by:
            raise BrokenError(1, f"missing, as all up to {self.begin[0]}: no checkpoint tells that they have expired")
        if self.position < (last := max([through, *self.anchored])):
            raise BrokenError(self.position + 1, f"missing, as all up to {last}: the tail was cut")
