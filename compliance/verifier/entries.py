"""The encoding of an entry, version 1, and the walk along a chain (docs/audit.md)."""

import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

VERSION: Final = b"\x01"
CHAIN_ENDED: Final = "audit.chain_ended"
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

    A part of a chain begins where `position` and `prior` say. With `gaps` entries may be missing in between, as in an
    export of some events: each is then held against the prior hash that stands beside it.
    """

    def __init__(
        self, chain: bytes, *, anchored: Mapping[int, bytes] | None = None, position: int = 0, prior: bytes = b""
    ) -> None:
        self.chain, self.position, self.hash = chain, position, prior or origin(chain)
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

    def end(self, through: int = 0) -> None:
        """Say that no entry follows.

        Raises:
            BrokenError: More was to be there, or was anchored.
        """
        if self.position < (last := max([through, *self.anchored])):
            raise BrokenError(self.position + 1, f"missing, as all up to {last}: the tail was cut")
