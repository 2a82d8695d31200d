"""An audit trail handed over, as the verifier that an auditor runs alone reads it (docs/audit.md)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from compliance import audit_chain
from compliance.anchoring.places import Folder
from compliance.models import AuditEntry
from compliance.verifier.anchors import Anchors
from compliance.verifier.entries import BrokenError
from compliance.verifier.tallies import csv_text
from compliance.verifier.trees import leaf, path
from tenants.scoping import tenant_scope

#: Entries to a piece of what is sent, and to a transaction.
PIECE: Final = 2_000
COLUMNS: Final = (
    "position", "id", "at", "sealed_at", "event", "actor_kind", "actor_id", "organisation_id", "object_kind",
    "object_id", "facts", "hash", "prior", "chain",
)  # fmt: skip
_FIELDS: Final = (
    "position", "id", "at", "sealed_at", "event", "actor_kind", "actor_id", "object_kind", "object_id", "text", "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """A chain as far as it was sealed when the export was asked for; of it, entries that a filter lets through."""

    tenant_id: UUID
    through: int
    only: Q | None = None
    #: What stands before the first entry there is: the last one that has expired, or the chain's origin.
    before: int = 0
    prior: str = ""

    @classmethod
    def of(cls, tenant_id: UUID, only: Q | None = None) -> "Export":
        """Begin an export, inside the tenant's scope."""
        sealed = AuditEntry.objects.exclude(position=None).order_by("-position")
        with connection.cursor() as cursor:
            before, prior = audit_chain.begin_of(cursor, tenant_id)
        return cls(tenant_id, sealed.values_list("position", flat=True).first() or 0, only, before, prior.hex())

    def json_lines(self) -> Iterator[str]:
        """Yield the export in pieces: a line that tells of what it is, then a line for each entry."""
        yield json.dumps(self._head()) + "\n"
        for rows in self._pieces():
            yield "".join(json.dumps(dict(zip(COLUMNS[:-1], row, strict=False))) + "\n" for row in rows)

    def csv(self) -> Iterator[str]:
        """Yield the same as CSV (RFC 4180), with the names of the columns first."""
        yield csv_text([COLUMNS])
        for rows in self._pieces():
            yield csv_text(rows)

    def _head(self) -> dict[str, Any]:
        return {
            "hushdesk_audit": 1, "chain": str(self.tenant_id), "from": self.before + 1, "prior": self.prior,
            "through": 0 if self.only else self.through, "partial": self.only is not None,
            "proof": proof_of(self.tenant_id, self.through),
        }  # fmt: skip

    def _pieces(self) -> Iterator[list[tuple[Any, ...]]]:
        after = self.before
        while True:
            with tenant_scope(self.tenant_id):
                rows = self._rows(after)
            if rows:
                yield rows
                after = rows[-1][0]
            if len(rows) < PIECE:
                return

    def _rows(self, after: int) -> list[tuple[Any, ...]]:
        wanted = AuditEntry.objects.filter(position__gt=after, position__lte=self.through)
        wanted = wanted.annotate(object_text=Cast("object_id", TextField()))
        found = list(
            (wanted.filter(self.only) if self.only else wanted)
            .annotate(text=Cast("facts", TextField()))
            .order_by("position")
            .values_list(*_FIELDS)[:PIECE]
        )
        before = AuditEntry.objects.filter(position__in=[row[0] - 1 for row in found])
        priors = dict(before.values_list("position", "hash"))
        return [_row(row, priors.get(row[0] - 1, self.prior), str(self.tenant_id)) for row in found]


def _row(row: tuple[Any, ...], prior: str, chain: str) -> tuple[Any, ...]:
    position, entry, at, sealed_at, event, kind, actor, object_kind, subject, facts, hashed = row
    return (
        position, str(entry), at.isoformat(timespec="microseconds"), sealed_at.isoformat(timespec="microseconds"),
        event, kind, str(actor or ""), "", object_kind, str(subject or ""), facts, hashed, prior, chain,
    )  # fmt: skip


def proof_of(chain: UUID, through: int) -> dict[str, Any] | None:
    """Return the proof that the newest anchor holds a chain's head; None where there is no anchor to be read.

    It names no other organisation: hashes of what is beside the chain, and the signed root.
    """
    try:
        anchors = Folder(settings.AUDIT_ANCHORS).state()
    except (OSError, BrokenError):
        return None
    return proof_in(anchors, chain, through)


def proof_in(anchors: Anchors, chain: UUID, through: int) -> dict[str, Any] | None:
    """Return the proof that the last of these anchors holds a chain's head, if that is not beyond a position."""
    chains = sorted(anchors.heads)
    if chain.bytes not in anchors.heads or anchors.heads[chain.bytes][0] > through:
        return None
    position, head = anchors.heads[chain.bytes]
    leaves, index = [leaf(one, *anchors.heads[one]) for one in chains], chains.index(chain.bytes)
    return {
        "position": position, "hash": head.hex(), "index": index, "anchor": anchors.last,
        "path": [one.hex() for one in path(leaves, index)],
    }  # fmt: skip
