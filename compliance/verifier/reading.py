"""Exported audit trails: read line by line, and held against the chain they are of (docs/audit.md)."""

import csv
import json
from collections.abc import Callable, Iterator
from itertools import chain as joined
from typing import Any, TextIO
from uuid import UUID

from compliance.verifier.anchors import Anchors, signed_part
from compliance.verifier.ed25519 import is_signed
from compliance.verifier.entries import EPOCH, MICROSECOND, BrokenError, Entry, Walk, micros, plain
from compliance.verifier.trees import leaf, root_by


def check(
    export: TextIO, anchors: Anchors, *, is_partial: bool = False, each: Callable[[Entry], None] | None = None
) -> Walk:
    """Go along an export, and tell `each` of every entry that is right. With `is_partial`, or where it says so itself,
    entries may be missing in between; one of a period says so, and ends before what was anchored later. A whole one
    begins with the first entry, or behind those of which a checkpoint says that they have expired.

    Raises:
        BrokenError: It is not as it was written; the first bad entry is named.
    """
    rows = _rows(export)
    first = next(rows, {})
    try:
        head = first if "hushdesk_audit" in first else {"through": 0, **first}
        chain, prior = UUID(head["chain"]).bytes, plain(head["prior"])
        before, through = int(head["from"] if head is first else head["position"]) - 1, head["through"]
        is_partial |= bool(head.get("partial"))
        anchored = _proven(head["proof"], chain, anchors) if head.get("proof") else {}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise BrokenError(0, "it is empty, or its first line is damaged") from None
    anchored |= anchors.of.get(chain, {})
    is_of_period = bool(head.get("period"))
    walk = Walk(
        chain, anchored={at: one for at, one in anchored.items() if at > before}, seen=anchors.seen.get(chain),
        position=before, prior=prior, is_part=is_partial or is_of_period,
    )  # fmt: skip
    if is_of_period:
        walk.anchored = {at: one for at, one in walk.anchored.items() if at <= through}
    for row in rows if head is first else joined([first], rows):
        entry = _take(walk, row, chain, is_partial=is_partial)
        if each is not None:
            each(entry)
    if is_partial:
        walk.anchored = {at: one for at, one in walk.anchored.items() if at <= walk.position}
    walk.end(through)
    return walk


def _take(walk: Walk, row: dict[str, Any], chain: bytes, *, is_partial: bool) -> Entry:
    try:
        entry, prior = entry_of(row, chain), plain(row["prior"]) if is_partial else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise BrokenError(walk.position + 1, "it cannot be read") from None
    walk.take(entry, prior=prior)
    return entry


def entry_of(row: dict[str, Any], chain: bytes) -> Entry:
    """Read an entry as an export has it: ids as text, instants by ISO 8601, `facts` as the text that was hashed."""
    return Entry(
        chain, int(row["position"]), UUID(row["id"]).bytes, micros(row["sealed_at"]), micros(row["at"]),
        row["event"], row["actor_kind"], _uuid(row["actor_id"]), _uuid(row["organisation_id"]), row["object_kind"],
        _uuid(row["object_id"]), row["facts"], plain(row["hash"]),
    )  # fmt: skip


def row_of(entry: Entry) -> dict[str, Any]:
    """Return an entry as an export has it, without the hash before."""
    return {
        "position": entry.position, "id": str(UUID(bytes=entry.id)), "at": instant(entry.at),
        "sealed_at": instant(entry.sealed_at), "event": entry.event, "actor_kind": entry.actor_kind,
        "actor_id": words_of(entry.actor_id), "organisation_id": words_of(entry.organisation_id),
        "object_kind": entry.object_kind, "object_id": words_of(entry.object_id), "facts": entry.facts,
        "hash": entry.hash.hex(),
    }  # fmt: skip


def instant(moment: int) -> str:
    """Return microseconds since 1970 by ISO 8601."""
    return (EPOCH + moment * MICROSECOND).isoformat(timespec="microseconds")


def words_of(value: bytes | None) -> str:
    """Return an id as text; none as an empty one."""
    return "" if value is None else str(UUID(bytes=value))


def _uuid(text: str | None) -> bytes | None:
    return UUID(text).bytes if text else None


def _rows(export: TextIO) -> Iterator[dict[str, Any]]:
    start = export.read(1)
    export.seek(0)
    if start != "{":
        yield from csv.DictReader(export)
        return
    for line in export:
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        # What cannot be read is nothing, in its place: whoever counts on names it.
        yield row if isinstance(row, dict) else {}


def _proven(proof: dict[str, Any], chain: bytes, anchors: Anchors) -> dict[int, bytes]:
    """Return the head that a proof of inclusion binds: position and hash."""
    anchor, hashed = proof["anchor"], plain(proof["hash"])
    found = root_by(
        [plain(one) for one in proof["path"]], leaf(chain, proof["position"], hashed), proof["index"], anchor["size"]
    )
    key = plain(anchor["key"])
    if anchors.keys and key not in anchors.keys:
        raise BrokenError(proof["position"], "its proof is signed by a key that was not named")
    if found != plain(anchor["root"]) or not is_signed(key, signed_part(anchor), plain(anchor["signature"])):
        raise BrokenError(proof["position"], "its proof does not hold")
    return {proof["position"]: hashed}
