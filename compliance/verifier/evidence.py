"""An evidence pack: signed, and each figure in it counted again from the part of the chain that it carries."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, BinaryIO, Final, NamedTuple

from compliance.verifier.anchors import Anchors, canonical
from compliance.verifier.ed25519 import is_signed
from compliance.verifier.entries import BrokenError, Entry, Walk, micros, plain
from compliance.verifier.packs import Pack, PackError
from compliance.verifier.reading import check
from compliance.verifier.tallies import ROW, Row, Tally, csv_text

PACK_FORM: Final = "hushdesk evidence 1"
CHAIN: Final = "chain.jsonl"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
#: The frameworks a pack has a section for, by the name of its file.
FRAMEWORKS: Final[dict[str, str]] = {
    "soc2": "SOC 2 (TSC 2017, rev. 2022)", "pci": "PCI DSS v4.0.1", "hipaa": "HIPAA (45 CFR part 164)",
}  # fmt: skip
SECTION: Final = (
    "clause", "control", "title", "population", "from", "to", "count", "exceptions", "open", "days_ok", "days_due",
    "days_failing", "days_no_data", "first_position", "last_position", "chain_head", "file", "sha256",
)  # fmt: skip


class CheckedPack(NamedTuple):
    """What was found to be as it was written."""

    manifest: dict[str, Any]
    walk: Walk
    key: str
    is_named: bool


def to_sign(manifest: bytes) -> bytes:
    """Return what the signature of a pack is over."""
    return PACK_FORM.encode() + b"\n" + manifest


def file_of(key: str) -> str:
    """Return the name of a control's file."""
    return f"controls/{key}.csv"


def section_of(framework: str) -> str:
    """Return the name of a framework's file."""
    return f"sections/{framework}.csv"


def section(manifest: Mapping[str, Any], framework: str) -> str:
    """Return the section of a framework, a line for each clause that a control answers, in the order of clauses."""
    lines = [
        (clause, *_line_of(manifest, one))
        for one in manifest["controls"]
        for clause in one["plan"]["clauses"].get(framework, ())
    ]
    return csv_text([SECTION, *sorted(lines, key=lambda line: (in_order(line[0]), line[1]))])


def in_order(clause: str) -> list[tuple[int, str]]:
    """Return by what clauses are sorted, as people count: 3.5.1 stands before 10.2."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.findall(r"[0-9]+|[^0-9]+", clause)]


def _line_of(manifest: Mapping[str, Any], one: Mapping[str, Any]) -> Row:
    plan, states = one["plan"], one["states"]
    return (
        plan["key"], plan["title"], plan["says"], manifest["from"], manifest["to"], one["population"],
        sum(one["exceptions"]), one["open"], states["ok"], states["due"], states["failing"], states["none"],
        one["first"], one["last"], manifest["chain"]["head"], file_of(plan["key"]), one["sha256"],
    )  # fmt: skip


def check_pack(file: BinaryIO, *, anchors: Anchors, keys: Iterable[bytes] = ()) -> CheckedPack:
    """Check a pack: form, signature, every file's hash, the chain, and every figure.

    Raises:
        PackError: It is not as it was written.
        BrokenError: An entry of its chain is not; the first bad one is named.
    """
    pack = Pack(file)
    signed = pack.read(MANIFEST)
    key = _signer(pack.read(SIGNATURE), signed)
    known = frozenset(keys)
    if known and plain(key) not in known:
        raise PackError("it is signed by a key that was not named")
    try:
        manifest = json.loads(signed)
        if manifest["form"] != PACK_FORM:
            raise PackError("its form is not known to this program")
        _check_files(pack, manifest)
        walk = _check_figures(pack, manifest, anchors)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as wrong:
        raise PackError(f"it cannot be a pack: {type(wrong).__name__}") from None
    return CheckedPack(manifest, walk, key, bool(known))


def _signer(signature: bytes, manifest: bytes) -> str:
    try:
        told = json.loads(signature)
        key, signed = str(told["key"]), plain(told["signature"])
        is_right = canonical(told) == signature and is_signed(plain(key), to_sign(manifest), signed)
    except (KeyError, TypeError, ValueError, AttributeError):
        is_right = False
    if not is_right:
        raise PackError("the signature is not right")
    return key


def _check_files(pack: Pack, manifest: Mapping[str, Any]) -> None:
    """Hold what is there against what was signed."""
    if list(pack.members) != [*(file["name"] for file in manifest["files"]), MANIFEST, SIGNATURE]:
        raise PackError("its files are not those of its manifest")
    for told in manifest["files"]:
        found, size = sha256(), 0
        for piece in pack.pieces(told["name"]):
            found.update(piece)
            size += len(piece)
        if (found.hexdigest(), size) != (told["sha256"], told["bytes"]):
            raise PackError(f"{told['name']} was changed")


def _check_figures(pack: Pack, manifest: Mapping[str, Any], anchors: Anchors) -> Walk:
    """Go along the chain, and count every control anew."""
    begin, until, chain = micros(manifest["from"]), micros(manifest["to"]), manifest["chain"]
    counted = Recount(Tally(one["plan"], one["carried"]) for one in manifest["controls"])

    def take(entry: Entry) -> None:
        if not begin <= entry.sealed_at < until:
            raise BrokenError(entry.position, "it was not sealed in the period")
        counted.take(entry)

    walk = check(pack.text(CHAIN), anchors, each=take)
    if (walk.position, walk.hash.hex(), walk.entries) != (chain["through"], chain["head"], chain["entries"]):
        raise PackError("its chain is not that of its manifest")
    counted.end(until)
    for one, tally in zip(manifest["controls"], counted.tallies, strict=True):
        told = {name: one[name] for name in tally.told()}
        if told != tally.told() or one["sha256"] != counted.files[tally.key].hexdigest():
            raise PackError(f"{tally.key} does not follow from the chain")
    for framework in FRAMEWORKS:
        if pack.read(section_of(framework)).decode() != section(manifest, framework):
            raise PackError(f"the section of {framework} does not follow from the controls")
    return walk


class Recount:
    """Every control's tally along one chain, and the hash of the file that each leaves."""

    def __init__(self, tallies: Iterable[Tally]) -> None:
        self.tallies = list(tallies)
        self.files = {tally.key: sha256(csv_text([ROW]).encode()) for tally in self.tallies}
        self.told: dict[str, list[Tally]] = defaultdict(list)
        for tally in self.tallies:
            for event in tally.events():
                self.told[event].append(tally)

    def take(self, entry: Entry) -> None:
        """Take an entry of the period."""
        if interested := self.told.get(entry.event):
            facts = json.loads(entry.facts)
            for tally in interested:
                self.write(tally, tally.take(entry, facts))

    def end(self, until: int) -> None:
        """Say that the period is over."""
        for tally in self.tallies:
            self.write(tally, tally.end(until))

    def write(self, tally: Tally, rows: list[Row]) -> None:
        """Add rows to a control's file."""
        if rows:
            self.files[tally.key].update(csv_text(rows).encode())
