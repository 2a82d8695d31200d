"""Check an exported audit trail, or an evidence pack. Python 3.11 or newer, nothing to install, no network.

    python3 audit_verifier.py FILE [--anchors FILE …] [--key HEX …]

FILE is an export of the audit trail, JSON lines or CSV, or an evidence pack, as Hushdesk's pages give them. Every entry
of a chain is bound to the one before by SHA-256; the newest entry of each chain is bound every five minutes by a signed
Merkle root outside the database. docs/audit.md tells the encoding. Without anchors a chain that was written anew as a
whole, or whose tail was cut, is not told from the right one: then the answer says so. Of a pack the signature is
checked, each file, the chain it carries, and every figure is counted again; only its PDF is taken as it was signed.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError, Walk, plain
from compliance.verifier.evidence import check_pack
from compliance.verifier.packs import PackError
from compliance.verifier.reading import check


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what is named, say what was found; 0 if all of it is as it was written."""
    parser = argparse.ArgumentParser(prog="audit_verifier.py", description="Check an audit trail or an evidence pack.")
    parser.add_argument("file", type=Path, help="an export (JSON lines or CSV), or an evidence pack")
    parser.add_argument("--anchors", type=Path, nargs="+", default=[], help="files of anchors, oldest first")
    parser.add_argument("--partial", action="store_true", help="CSV: entries were left out by a filter")
    parser.add_argument("--key", action="append", default=[], help="a public key that may sign, in hexadecimal")
    options = parser.parse_args(arguments)
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
        return _pack(options.file, anchors, keys) if _is_pack(options.file) else _export(options, anchors, keys)
    except BrokenError as broken:
        print(f"BROKEN entry {broken}")
    except PackError as broken:
        print(f"BROKEN pack: {broken}")
    return 1


def _is_pack(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(1)
    # An export begins with a brace, or with the name of its first column.
    return start not in {b"{", b"p"}


def _pack(path: Path, anchors: Anchors, keys: Sequence[bytes]) -> int:
    with path.open("rb") as file:
        pack = check_pack(file, anchors=anchors, keys=keys)
    told, walk = pack.manifest, pack.walk
    excepted = sum(sum(one["exceptions"]) for one in told["controls"])
    print(f"ok: evidence of {told['organisation']['slug']} ({told['organisation']['id']})")
    print(f"from {told['from']} until {told['to']}: {walk.entries} entries through {walk.position}")
    print(f"{len(told['controls'])} controls counted again, {excepted} exceptions in them")
    print(f"Signed by {'a key that you named' if keys else f'the key {pack.key}: compare it'}.")
    print(_held_by(walk, anchors, has_keys=bool(keys)))
    return 0


def _export(options: argparse.Namespace, anchors: Anchors, keys: Sequence[bytes]) -> int:
    began = time.perf_counter()
    with options.file.open(newline="", encoding="utf-8") as export:
        checked = check(export, anchors, is_partial=options.partial)
    seconds = max(time.perf_counter() - began, 1e-6)
    print(f"ok: {checked.entries} entries through {checked.position}, {round(checked.entries / seconds)} per second")
    if checked.told_by:
        print(f"Entries up to {checked.begin[0]} have expired, as entry {checked.told_by} says.")
    print(_held_by(checked, anchors, has_keys=bool(keys)))
    return 0


def _held_by(walk: Walk, anchors: Anchors, *, has_keys: bool) -> str:
    reached = max(walk.anchored, default=0)
    if not reached:
        return "Not held against any anchor: a chain written anew as a whole, or cut at its tail, would look the same."
    whose = "a key that you named" if has_keys else f"the key {anchors.key or 'in the proof'}: compare it"
    later = f" {walk.position - reached} entries are newer." if walk.position > reached else ""
    return f"Held by anchors up to entry {reached}, signed by {whose}.{later}"


if __name__ == "__main__":
    sys.exit(main())
