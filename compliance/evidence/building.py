"""Build a pack from the audit trail, and from nothing that later changes: the same period gives the same bytes.

Every figure comes from entries that were sealed in the period, or before it; what can't be read from acts was observed
and written into the trail each day (`compliance.evidence.controls.observing`). No clock is read, no setting, no row but
the trail's. Entries are read and written page by page: memory does not grow with the chain.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.db.models import TextField
from django.db.models.functions import Cast

from compliance import audit_chain
from compliance.anchoring import keys
from compliance.anchoring.places import Folder
from compliance.audit_events import REGISTER
from compliance.evidence.anchored import key_at, proof_before
from compliance.evidence.controls import CONTROLS
from compliance.evidence.period import EvidenceError, Period, Slice, settled
from compliance.evidence.writing import PackWriter
from compliance.models import AuditEntry, PackFault
from compliance.verifier.anchors import canonical
from compliance.verifier.entries import Entry, micros
from compliance.verifier.evidence import (
    CHAIN,
    FRAMEWORKS,
    MANIFEST,
    PACK_FORM,
    SIGNATURE,
    Recount,
    file_of,
    section,
    section_of,
    to_sign,
)
from compliance.verifier.packs import PIECE
from compliance.verifier.reading import instant, row_of
from compliance.verifier.tallies import ROW, Row, Tally, csv_text
from tenants.kms import KeyProviderError
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: Entries to a page, and to a transaction.
PAGE: Final = 2_000
README: Final = """\
Evidence of {slug}, from {begin} until {end} (UTC).

report.pdf        for people
manifest.json     every control: its query, population, exceptions, position in the audit chain; the hash of every file
sections/         for each framework, a line for each clause
controls/         for each control, its entries and exceptions
chain.jsonl       the audit chain of the period, as an export of the audit trail has it
signature.json    the Ed25519 signature over manifest.json, with the line "{form}" before it

Check it without Hushdesk, and without a network: audit_verifier.py, which the page of the audit trail gives, needs
Python 3.11 alone. It checks signature, files and chain, and counts every figure again from the chain.

    python3 audit_verifier.py FILE --key {key}

Compare the key with the one that Hushdesk has published. An entry belongs to the period in which it was sealed, a
second after its act at most. The same period gives the same bytes, whenever it is built.
"""
EXPIRED: Final = """
When this pack was built, entries 1 to {last} of the chain had expired, all of them sealed before the period. What was
asked for in them and not answered by its begin is not known any more, so that an answer in the period that was late, or
missing, is no exception here.
"""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Built:
    """What was built: size, hash of the whole file, the part of the chain that is in it."""

    bytes: int
    sha256: str
    through: int
    entries: int


class Recorder(Recount):
    """Counts, and writes each control's file."""

    def __init__(self, files: ExitStack, tallies: list[Tally]) -> None:
        super().__init__(tallies)
        self.out = dict[str, BinaryIO]()
        for tally in tallies:
            self.out[tally.key] = file = files.enter_context(TemporaryFile())  # noqa: SIM115 (closed with the stack)
            file.write(csv_text([ROW]).encode())
        self.days: Counter[tuple[str, str]] = Counter()

    def take(self, entry: Entry) -> None:
        super().take(entry)
        self.days[instant(entry.sealed_at)[:10], str(REGISTER.get(entry.event, "change"))] += 1

    def write(self, tally: Tally, rows: list[Row]) -> None:
        super().write(tally, rows)
        self.out[tally.key].write(csv_text(rows).encode())

    def pieces(self, key: str) -> Iterator[bytes]:
        """Yield a control's file."""
        file = self.out[key]
        file.seek(0)
        return iter(partial(file.read, PIECE), b"")


def build(
    tenant: Tenant,
    period: Period,
    out: BinaryIO,
    *,
    now: datetime,
    folder: Folder | None = None,
    progress: Progress = lambda *_: None,
) -> Built:
    """Build the pack of a period into a file that can be read and gone back in. Outside any scope.

    Args:
        tenant: Whose.
        period: Of which.
        out: An empty binary file.
        now: To tell whether the period is over, and for nothing else.
        folder: Of anchors.
        progress: Is told how many entries of how many are in it.

    Raises:
        EvidenceError: It can't be built now, or in this size.
    """
    part = settled(tenant.id, period, now=now)
    proof = proof_before(
        folder or Folder(settings.AUDIT_ANCHORS), tenant.id, through=part.through, end=period.end
    )  # fmt: skip
    key = key_at(period.end, now=now)
    begin, until = instant(micros(period.begin)), instant(micros(period.end))
    writer = PackWriter(out)
    with ExitStack() as files:
        tallies = [Tally(control.plan()) for control in CONTROLS]
        _remember(tenant.id, tallies, before=part.first)
        carried = {tally.key: tally.carried() for tally in tallies}
        recorder = Recorder(files, tallies)
        readme = README.format(slug=tenant.slug, begin=begin, end=until, form=PACK_FORM, key=key.public)
        if part.expired:
            readme += EXPIRED.format(last=part.expired)
        writer.add("README.txt", [readme.encode()])
        writer.add(CHAIN, _chain(tenant.id, part, proof, recorder, progress))
        recorder.end(micros(period.end))
        controls = []
        for tally in tallies:
            written = writer.add(file_of(tally.key), recorder.pieces(tally.key))
            controls.append({"plan": tally.plan, "carried": carried[tally.key], "sha256": written, **tally.told()})
        manifest: dict[str, Any] = {
            "form": PACK_FORM, "organisation": {"id": str(tenant.id), "slug": tenant.slug}, "from": begin, "to": until,
            "chain": {
                "first": part.first, "through": part.through, "prior": part.prior, "head": part.head,
                "entries": part.entries, "anchored": proof["position"] if proof else 0,
                # Told only where it is so: what was built before anything expired stays as it is.
                **({"expired": part.expired} if part.expired else {}),
            },
            "controls": controls,
        }  # fmt: skip
        for framework in FRAMEWORKS:
            writer.add(section_of(framework), [section(manifest, framework).encode()])
        # Every process would load it, a sixth of its start, and hardly one ever draws.
        from compliance.evidence import report

        writer.add("report.pdf", [report.render(manifest, recorder.days, key=key.public)])
    signed = canonical(manifest | {"files": list(writer.files)})
    writer.add(MANIFEST, [signed])
    writer.add(SIGNATURE, [_signature(key, signed)])
    writer.close()
    return _built(out, part)


def _signature(key: Any, manifest: bytes) -> bytes:
    try:
        return canonical({"key": key.public, "signature": keys.sign(key, to_sign(manifest)).hex()})
    except KeyProviderError:
        raise EvidenceError(PackFault.NO_KEY) from None


def _built(out: BinaryIO, part: Slice) -> Built:
    size, found = out.tell(), sha256()
    out.seek(0)
    for piece in iter(partial(out.read, PIECE), b""):
        found.update(piece)
    return Built(size, found.hexdigest(), part.through, part.entries)


def _chain(
    tenant_id: UUID, part: Slice, proof: dict[str, Any] | None, recorder: Recorder, progress: Progress
) -> Iterator[bytes]:
    """Yield the part of the chain as an export has it, and let everything be counted on the way."""
    head = {
        "hushdesk_audit": 1, "chain": str(tenant_id), "from": part.first, "prior": part.prior, "through": part.through,
        "partial": False, "period": True, "proof": proof,
    }  # fmt: skip
    yield json.dumps(head).encode() + b"\n"
    for first in range(part.first, part.through + 1, PAGE):
        last = min(first + PAGE - 1, part.through)
        with tenant_scope(tenant_id), connections["default"].cursor() as cursor:
            page = list(audit_chain.entries(cursor, tenant_id, first=first, through=last))
        for entry in page:
            recorder.take(entry)
        yield b"".join(json.dumps(row_of(entry)).encode() + b"\n" for entry in page)
        progress(last - part.first + 1, part.entries)


def _remember(tenant_id: UUID, tallies: list[Tally], *, before: int) -> None:
    """Tell the tallies what was asked and answered before the period, of the few events that ask."""
    events = sorted({event for tally in tallies for event in tally.asking()})
    after = 0
    while True:
        with tenant_scope(tenant_id):
            found = AuditEntry.objects.filter(position__gt=after, position__lt=before, event__in=events)
            page = list(found.annotate(text=Cast("facts", TextField())).order_by("position")[:PAGE])
        for row in page:
            entry = _entry_of(row)
            for tally in tallies:
                tally.remember(entry, row.facts)
        if len(page) < PAGE:
            return
        after = page[-1].position or 0


def _entry_of(row: Any) -> Entry:
    actor, subject = row.actor_id and row.actor_id.bytes, row.object_id and row.object_id.bytes
    return Entry(
        row.tenant_id.bytes, row.position, row.id.bytes, micros(row.sealed_at), micros(row.at), row.event,
        row.actor_kind, actor, None, row.object_kind, subject, row.text, bytes.fromhex(row.hash),
    )  # fmt: skip
