"""Seal what was recorded: each organisation's entries in one chain, and what concerns operators alone in another.

An entry is written by `compliance.audit` in the transaction of its act and waits; the sealer gives it, within a second,
the next place in the chain and the hash that binds it to the entry before. The database does it (`seal_audit()`): the
application can ask for it, and has no grant by which it could do it otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connections, transaction

from compliance.verifier.entries import OPERATORS, BrokenError, Entry, Walk, origin, plain
from tenants.scoping import set_local_tenant, tenant_scope

#: Entries to a transaction: it takes a fifth of a second.
BATCH: Final = 5_000
#: Read and judged at a time.
PAGE: Final = 10_000
#: Of positions: an entry that somebody hides in front of the first is looked at too.
LOWEST: Final = -(2**63)

_MICROS: Final = "CASE WHEN isfinite({0}) THEN (extract(epoch FROM {0}) * 1000000)::bigint END".format
_COLUMNS: Final = f"""
    SELECT e.position, uuid_send(e.id), {_MICROS("e.sealed_at")}, {_MICROS("e.at")}, e.event, {{who}}, e.object_kind,
        uuid_send(e.object_id), e.facts::text, e.hash
    FROM {{table}} e WHERE {{own}}
"""  # noqa: S608 (names of our own; values are parameters)
_OF_TENANT: Final = _COLUMNS.format(
    table="compliance_auditentry", who="e.actor_kind, uuid_send(e.actor_id), NULL::bytea",
    own="e.tenant_id = %(chain)s AND",
)  # fmt: skip
_OF_OPERATORS: Final = _COLUMNS.format(
    table="compliance_operatorentry",
    who="CASE WHEN e.operator_id IS NULL THEN 'system' ELSE 'operator' END, uuid_send(e.operator_id), "
    "uuid_send(e.organisation_id)",
    own="",
)
_NEXT: Final = " e.position >= %(first)s ORDER BY e.position, e.id LIMIT %(most)s"

#: The checkpoint that names what stood before the first entry there is.
_EXPIRED: Final = """
    SELECT e.facts ->> 'position', e.facts ->> 'hash' FROM compliance_auditentry e
    WHERE e.tenant_id = %(chain)s AND e.event = 'audit.expired' AND e.position IS NOT NULL
        AND e.facts ->> 'position' = (
            SELECT min(f.position) - 1 FROM compliance_auditentry f WHERE f.tenant_id = %(chain)s
        )::text
    ORDER BY e.position DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found along a chain. `broken`: the first bad entry, if any; `waiting`: entries not sealed yet."""

    chain: UUID
    entries: int
    position: int
    hash: str
    waiting: int
    broken: BrokenError | None = None


def seal(chain: UUID, *, batch: int = BATCH) -> int:
    """Seal what waits in a chain; return how much. Nothing where another sealer is at it.

    Each batch is a transaction: a sealer that is killed leaves whole batches, and the next goes on behind them.
    """
    sealed = 0
    while (done := _seal_batch(chain, batch)) > 0:
        sealed += done
        if done < batch:
            break
    return sealed


def _seal_batch(chain: UUID, batch: int) -> int:
    if chain == OPERATORS:
        with transaction.atomic(), connections["default"].cursor() as cursor:
            cursor.execute("SELECT seal_operators_audit(%s)", [batch])
            return int(cursor.fetchone()[0])
    with tenant_scope(chain), connections["default"].cursor() as cursor:
        cursor.execute("SELECT seal_audit(%s)", [batch])
        return int(cursor.fetchone()[0])


def waiting() -> dict[UUID, datetime]:
    """Return the chains in which entries wait to be sealed, and since when the oldest of each does."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT chain, since FROM audit_waiting()")
        return dict(cursor.fetchall())


def heads() -> dict[UUID, tuple[int, bytes]]:
    """Return the newest entry of every chain: position and hash."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT chain, place, hash FROM audit_heads()")
        return {chain: (place, bytes.fromhex(hashed)) for chain, place, hashed in cursor.fetchall()}


def verify(chain: UUID, *, anchored: dict[int, bytes] | None = None, seen: dict[int, int] | None = None) -> Verdict:
    """Go along a whole chain, and hold it against what was anchored of it (position to hash), and when (`Walk`)."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        if chain != OPERATORS:
            set_local_tenant(chain)
        return verify_by(cursor, chain, anchored=anchored, seen=seen)


def verify_by(
    cursor: Any, chain: UUID, *, anchored: dict[int, bytes] | None = None, seen: dict[int, int] | None = None
) -> Verdict:
    """Do so by a cursor that sees the chain's rows."""
    position, prior = begin_of(cursor, chain)
    walk, broken = Walk(chain.bytes, anchored=anchored, seen=seen, position=position, prior=prior), None
    try:
        for entry in entries(cursor, chain):
            walk.take(entry)
        walk.end()
    except BrokenError as found:
        broken = found
    return Verdict(chain, walk.entries, walk.position, walk.hash.hex(), _count_waiting(cursor, chain), broken)


def begin_of(cursor: Any, chain: UUID) -> tuple[int, bytes]:
    """Return what stands before the first entry that is left: the last one that has expired, as a checkpoint says.

    Before a chain of which nothing has expired, or of whose first entries nothing tells, stands its origin.
    """
    if chain != OPERATORS:
        cursor.execute(_EXPIRED, {"chain": chain})
        if (found := cursor.fetchone()) is not None:
            try:
                return int(found[0]), plain(found[1])
            except (TypeError, ValueError):
                pass  # it is no checkpoint: then the first entry is not in its place
    return 0, origin(chain.bytes)


def entries(cursor: Any, chain: UUID, *, first: int = LOWEST, through: int | None = None) -> Iterator[Entry]:
    """Yield a chain's sealed entries from a position on, in order, as they are hashed; by default all there could be.

    Raises:
        BrokenError: A row is none that the sealer could have left.
    """
    query = (_OF_OPERATORS if chain == OPERATORS else _OF_TENANT) + _NEXT
    while True:
        cursor.execute(query, {"chain": chain, "first": first, "most": PAGE})
        rows = cursor.fetchall()
        for row in rows:
            if through is not None and row[0] > through:
                return
            yield _entry(chain.bytes, row)
        if len(rows) < PAGE:
            return
        first = rows[-1][0] + 1


def _entry(chain: bytes, row: tuple[Any, ...]) -> Entry:
    try:
        return Entry._make((chain, *row[:-1], plain(row[-1])))
    except (TypeError, ValueError):
        raise BrokenError(row[0], "its hash is none") from None


def _count_waiting(cursor: Any, chain: UUID) -> int:
    table, own = (
        ("compliance_operatorentry", "") if chain == OPERATORS else ("compliance_auditentry", "tenant_id = %s AND")
    )
    # Names of our own tables; the value is a parameter.
    cursor.execute(f"SELECT count(*) FROM {table} WHERE {own} position IS NULL", [chain] if own else [])  # noqa: S608
    return int(cursor.fetchone()[0])
