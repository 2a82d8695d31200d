"""What a superuser does to a chain. Each deed returns the first bad entry it leaves, or None where that depends."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID, uuid4

from compliance import audit_chain
from compliance.verifier.entries import OPERATORS, Entry, digest, origin
from tests.proofs.audit.chains import Trails

Deed = Callable[[Trails, UUID], int | None]
TEXTS: Final = ("event", "object_kind", "hash")
IDS: Final = ("id", "object_id")
TIMES: Final = ("at", "sealed_at")


def edits(chain: UUID) -> Iterator[tuple[str, Deed]]:
    """Yield a single edit of each column."""
    mine = chain == OPERATORS
    for column in (*TEXTS, *(() if mine else ("actor_kind",))):
        yield column, _editing(column, _text)
    for column in (*IDS, *(("operator_id", "organisation_id") if mine else ("actor_id", "tenant_id"))):
        yield column, _editing(column, _uuid)
    for column in TIMES:
        yield column, _editing(column, _time)
    yield "position", _place
    yield "facts", _editing("facts", _facts)
    yield "seal taken off", unsealed


def _editing(column: str, change: Callable[[Trails, Any], Any]) -> Deed:
    def edit(trails: Trails, chain: UUID) -> int:
        table, own = trails.table(chain), trails.own(chain)
        shown = "facts::text" if column == "facts" else column
        wanted = " AND facts <> '{}'" if column == "facts" else ""
        rows = trails.run(
            f"SELECT position, {shown} FROM {table} WHERE {own} AND {column} IS NOT NULL{wanted} ORDER BY position"
        )
        place, value = trails.random.choice(rows)
        new = change(trails, value)
        trails.run(f"UPDATE {table} SET {column} = %s WHERE {own} AND position = %s", new, place)
        return int(place)

    return edit


def _text(trails: Trails, value: str) -> str:
    """One byte of it, made another that can be printed: a letter's case included."""
    while True:
        at, bit = trails.random.randrange(len(value)), trails.random.randrange(7)
        new = chr(ord(value[at]) ^ 1 << bit)
        if new.isprintable():
            return value[:at] + new + value[at + 1 :]


def _uuid(trails: Trails, value: UUID) -> UUID:
    return UUID(int=value.int ^ 1 << trails.random.randrange(128))


def _time(trails: Trails, value: Any) -> Any:
    from datetime import timedelta

    return value + timedelta(microseconds=(1 << trails.random.randrange(32)) * trails.random.choice((1, -1)))


def _facts(trails: Trails, value: str) -> str:
    """One byte, of those that leave JSON which says something else."""
    before = json.loads(value)
    while True:
        new = _text(trails, value)
        try:
            # NaN and the like are JSON to Python alone; a zero in front to nobody.
            if json.loads(new, parse_constant=lambda _: 1 / 0) != before:
                return new
        except (ValueError, ZeroDivisionError):
            continue


def _place(trails: Trails, chain: UUID) -> None:
    table, own, place = trails.table(chain), trails.own(chain), _some(trails, chain)
    new = place ^ 1 << trails.random.randrange(62)
    trails.run(f"UPDATE {table} SET position = %s WHERE {own} AND position = %s", new, place)


def unsealed(trails: Trails, chain: UUID) -> int:
    """An entry waits again, and would be sealed anew at the end."""
    place = _some(trails, chain)
    trails.run(
        f"UPDATE {trails.table(chain)} SET position = NULL, hash = '', sealed_at = NULL "
        f"WHERE {trails.own(chain)} AND position = %s", place
    )  # fmt: skip
    return place


def deleted(trails: Trails, chain: UUID) -> int:
    place, many = _some(trails, chain), trails.random.randrange(1, 4)
    trails.run(
        f"DELETE FROM {trails.table(chain)} WHERE {trails.own(chain)} AND position BETWEEN %s AND %s", place,
        place + many - 1,
    )  # fmt: skip
    return place


def tail_cut(trails: Trails, chain: UUID) -> int:
    keep = _some(trails, chain) - 1
    trails.run(f"DELETE FROM {trails.table(chain)} WHERE {trails.own(chain)} AND position > %s", keep)
    return keep + 1


def inserted(trails: Trails, chain: UUID) -> None:
    """One more, in the place of another that moves on with all that follow; its hash fits what stands before it."""
    entries = _read(trails, chain)
    at = trails.random.randrange(len(entries))
    prior = entries[at - 1].hash if at else origin(chain.bytes)
    new = entries[at]._replace(id=uuid4().bytes, event="forged.event")
    trails.run(
        f"UPDATE {trails.table(chain)} SET position = position + 1 WHERE {trails.own(chain)} AND position > %s", at
    )
    _insert(trails, chain, new._replace(hash=digest(new, prior)), like=at + 2)


def hidden(trails: Trails, chain: UUID) -> None:
    """One more beside another, or in front of all."""
    entries = _read(trails, chain)
    new = trails.random.choice(entries)
    place = trails.random.choice((new.position, 0, -1, -(2**63)))
    _insert(trails, chain, new._replace(id=uuid4().bytes, position=place), like=new.position)


def swapped(trails: Trails, chain: UUID) -> int:
    """Two entries change places, with all their hashes say or without."""
    one, other = sorted(trails.random.sample(range(1, len(_read(trails, chain)) + 1), 2))
    what = trails.random.choice(("position", "event_and_facts"))
    table, own = trails.table(chain), trails.own(chain)
    if what == "position":
        trails.run(
            f"UPDATE {table} SET position = %s - position WHERE {own} AND position IN (%s, %s)", one + other, one, other
        )
        return one
    trails.run(
        f"UPDATE {table} a SET at = b.at, facts = b.facts, event = b.event, object_id = b.object_id "
        f"FROM {table} b WHERE a.position = %s - b.position AND a.position IN (%s, %s) "
        f"AND {own.replace('tenant_id', 'a.tenant_id')} AND {own.replace('tenant_id', 'b.tenant_id')}",
        one + other, one, other,
    )  # fmt: skip
    return one


def reordered(trails: Trails, chain: UUID) -> int | None:
    """A stretch, backwards."""
    last = len(_read(trails, chain))
    first = trails.random.randrange(1, last - 2)
    until = trails.random.randrange(first + 1, min(last, first + 6) + 1)
    trails.run(
        f"UPDATE {trails.table(chain)} SET position = %s - position "
        f"WHERE {trails.own(chain)} AND position BETWEEN %s AND %s",
        first + until, first, until,
    )  # fmt: skip
    return first


def rewritten(trails: Trails, chain: UUID) -> None:
    """From an entry on all is written anew, so that every hash is right again; from the first, the chain as a whole."""
    entries = _read(trails, chain)
    at = trails.random.choice((0, trails.random.randrange(len(entries))))
    entries[at] = entries[at]._replace(event="forged.event")
    _write(trails, chain, entries, at)


def shortened(trails: Trails, chain: UUID) -> None:
    """An entry goes, the rest moves up and is written anew, and something is added so that as many are there."""
    entries = _read(trails, chain)
    at = trails.random.randrange(len(entries))
    trails.run(f"DELETE FROM {trails.table(chain)} WHERE {trails.own(chain)} AND position = %s", at + 1)
    if trails.random.random() < 0.5:
        extra = entries[-1]._replace(id=uuid4().bytes, position=len(entries) + 1)
        _insert(trails, chain, extra, like=len(entries))
        entries.append(extra)
    del entries[at]
    trails.run(
        f"UPDATE {trails.table(chain)} SET position = position - 1 WHERE {trails.own(chain)} AND position > %s", at + 1
    )
    moved = [entry._replace(position=place) for place, entry in enumerate(entries, start=1)]
    _write(trails, chain, moved, at)


def erased(trails: Trails, chain: UUID) -> int:
    """All of it."""
    trails.run(f"DELETE FROM {trails.table(chain)} WHERE {trails.own(chain)}")
    return 1


OTHERS: Final[dict[str, Deed]] = {
    "deleted": deleted, "tail cut": tail_cut, "inserted": inserted, "hidden": hidden, "swapped": swapped,
    "reordered": reordered, "rewritten": rewritten, "shortened": shortened, "erased": erased,
}  # fmt: skip


# --- files of anchors ----------------------------------------------------------------------------------------------


def file_edited(trails: Trails, lines: list[bytes]) -> list[bytes]:
    """One byte of one line."""
    line = trails.random.randrange(len(lines))
    at = trails.random.randrange(len(lines[line]))
    new = lines[line][at] ^ 1 << trails.random.randrange(8)
    return [*lines[:line], lines[line][:at] + bytes([new]) + lines[line][at + 1 :], *lines[line + 1 :]]


def file_shortened(trails: Trails, lines: list[bytes]) -> list[bytes]:
    """A line goes from the middle, or the last one is cut within."""
    if trails.random.random() < 0.5:
        return [*lines[:-1], lines[-1][: trails.random.randrange(1, len(lines[-1]))]]
    gone = trails.random.randrange(1, len(lines) - 1)
    return [line for number, line in enumerate(lines) if number != gone]


def file_reordered(trails: Trails, lines: list[bytes]) -> list[bytes]:
    one, other = trails.random.sample(range(len(lines)), 2)
    changed = list(lines)
    changed[one], changed[other] = lines[other], lines[one]
    return changed


def file_doubled(trails: Trails, lines: list[bytes]) -> list[bytes]:
    at = trails.random.randrange(len(lines))
    return [*lines[:at], lines[at], *lines[at:]]


FILES: Final[dict[str, Callable[[Trails, list[bytes]], list[bytes]]]] = {
    "anchor edited": file_edited, "anchors shortened": file_shortened, "anchors reordered": file_reordered,
    "anchor doubled": file_doubled,
}  # fmt: skip


# --- as it is hashed -----------------------------------------------------------------------------------------------


def _some(trails: Trails, chain: UUID) -> int:
    rows = trails.run(f"SELECT max(position) FROM {trails.table(chain)} WHERE {trails.own(chain)}")
    return trails.random.randrange(1, rows[0][0] + 1)


def _read(trails: Trails, chain: UUID) -> list[Entry]:
    with trails.database.cursor() as cursor:
        return list(audit_chain.entries(cursor, chain))


def _write(trails: Trails, chain: UUID, entries: list[Entry], first: int) -> None:
    """Hash anew from an entry on, consistently."""
    prior = entries[first - 1].hash if first else origin(chain.bytes)
    rows = []
    for entry in entries[first:]:
        prior = digest(entry, prior)
        rows.append((entry.event, prior.hex(), entry.position))
    with trails.database.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {trails.table(chain)} SET event = %s, hash = %s WHERE {trails.own(chain)} AND position = %s", rows
        )


def _insert(trails: Trails, chain: UUID, entry: Entry, *, like: int) -> None:
    """Add a row as another one of the chain, but for place, id, event and hash."""
    table, own = trails.table(chain), trails.own(chain)
    told = {"id": str(UUID(bytes=entry.id)), "position": entry.position, "event": entry.event, "hash": entry.hash.hex()}
    trails.run(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(t, %s)).* FROM {table} t "
        f"WHERE {own} AND position = %s LIMIT 1",
        json.dumps(told), like,
    )  # fmt: skip
