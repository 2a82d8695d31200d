"""Check an exported audit trail. Python 3.11 or newer, nothing to install, no network.

    python3 audit_verifier.py EXPORT [--anchors FILE …] [--key HEX …]

EXPORT is a file of JSON lines or CSV, as the page of the audit trail gives it. Every entry of a chain is bound to the
one before by SHA-256; the newest entry of each chain is bound every five minutes by a signed Merkle root outside the
database. docs/audit.md tells the encoding. Without anchors a chain that was written anew as a whole, or whose tail was
cut, is not told from the right one: then the answer says so.
"""

import argparse
import csv
import json
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain as joined
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from compliance.verifier.anchors import Anchors, signed_part
from compliance.verifier.ed25519 import is_signed
from compliance.verifier.entries import BrokenError, Entry, Walk, micros, plain
from compliance.verifier.trees import leaf, root_by


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is named, say what was found; 0 if all of it is as it was written."""
    parser = argparse.ArgumentParser(prog="audit_verifier.py", description="Check an exported audit trail.")
    parser.add_argument("export", type=Path, help="JSON lines or CSV")
    parser.add_argument("--anchors", type=Path, nargs="+", default=[], help="files of anchors, oldest first")
    parser.add_argument("--partial", action="store_true", help="CSV: entries were left out by a filter")
    parser.add_argument("--key", action="append", default=[], help="a public key that may sign the first anchor")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    try:
        keys = [plain(key) for key in options.key]
        anchors = Anchors(keys=keys)
        for file in options.anchors:
            anchors.read(file.read_bytes().split(b"\n"))
    except BrokenError as broken:
        print(f"BROKEN anchor {broken}")
        return 1
    except ValueError:
        parser.error("a key is 64 hexadecimal digits")
    try:
        with options.export.open(newline="", encoding="utf-8") as export:
            checked = check(export, anchors, is_partial=options.partial)
    except BrokenError as broken:
        print(f"BROKEN entry {broken}")
        return 1
    seconds = max(time.perf_counter() - began, 1e-6)
    print(f"ok: {checked.entries} entries through {checked.position}, {round(checked.entries / seconds)} per second")
    print(_held_by(checked, anchors, has_keys=bool(keys)))
    return 0


def check(export: TextIO, anchors: Anchors, *, is_partial: bool = False) -> Walk:
    """Go along an export. With `is_partial`, or where it says so itself, entries may be missing in between.

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
    walk = Walk(chain, anchored={at: one for at, one in anchored.items() if at > before}, position=before, prior=prior)
    for row in rows if head is first else joined([first], rows):
        _take(walk, row, chain, is_partial=is_partial)
    if is_partial:
        walk.anchored = {at: one for at, one in walk.anchored.items() if at <= walk.position}
    walk.end(through)
    return walk


def _take(walk: Walk, row: dict[str, Any], chain: bytes, *, is_partial: bool) -> None:
    try:
        entry, prior = entry_of(row, chain), plain(row["prior"]) if is_partial else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise BrokenError(walk.position + 1, "it cannot be read") from None
    walk.take(entry, prior=prior)


def entry_of(row: dict[str, Any], chain: bytes) -> Entry:
    """Read an entry as an export has it: ids as text, instants by ISO 8601, `facts` as the text that was hashed."""
    return Entry(
        chain, int(row["position"]), UUID(row["id"]).bytes, micros(row["sealed_at"]), micros(row["at"]),
        row["event"], row["actor_kind"], _uuid(row["actor_id"]), _uuid(row["organisation_id"]), row["object_kind"],
        _uuid(row["object_id"]), row["facts"], plain(row["hash"]),
    )  # fmt: skip


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


def _held_by(walk: Walk, anchors: Anchors, *, has_keys: bool) -> str:
    reached = max(walk.anchored, default=0)
    if not reached:
        return "Not held against any anchor: a chain written anew as a whole, or cut at its tail, would look the same."
    whose = "a key that you named" if has_keys else f"the key {anchors.key or 'in the proof'}: compare it"
    later = f" {walk.position - reached} entries are newer." if walk.position > reached else ""
    return f"Held by anchors up to entry {reached}, signed by {whose}.{later}"


if __name__ == "__main__":
    sys.exit(main())
