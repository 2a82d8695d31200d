"""Packs that are kept: built by a worker, with progress, and handed over in pieces.

A worker that is killed leaves its pack as it is; whoever looks after packs (`forgotten`) takes it up again from the
beginning. A worker that was only slow and is not the last one that began stops at its next page.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, Final
from uuid import UUID

from django.db.models import QuerySet

from compliance import audit, audit_events
from compliance.evidence.building import Built, build
from compliance.evidence.period import EvidenceError, Period
from compliance.lost_jobs import is_lost, unmoved
from compliance.models import EvidencePack, EvidencePart, PackFault, PackState
from compliance.models.evidence import KEPT, MOST_TRIES
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: A page of entries takes less than a second. A pack that has not moved for so long has no worker any more.
STALE_AFTER: Final = timedelta(minutes=2)
PIECE: Final = 1 << 20
UNDER_WAY: Final = (PackState.WAITING, PackState.BUILDING)


class LostPackError(Exception):
    """Another worker has taken the pack up, or ended it."""


def build_pack(tenant: Tenant, pack_id: UUID, *, now: datetime) -> Built | None:
    """Build a pack that waits, or whose worker is gone; None where there is nothing to build. Outside any scope."""
    if (begun := _take_up(tenant.id, pack_id, now)) is None:
        return None
    period = Period.of_days(begun.first_on, begun.last_on)
    try:
        with TemporaryFile() as out:
            built = build(tenant, period, out, now=now, progress=partial(_note, tenant.id, begun))
            _keep(tenant, begun, out, built)
    except EvidenceError as error:
        with tenant_scope(tenant):
            _ours(begun).update(state=PackState.FAILED, fault=error.fault, finished_at=clock.now())
        return None
    except LostPackError:
        return None
    return built


def forgotten(*, now: datetime) -> list[UUID]:
    """Return the packs whose worker is gone, or whose task was lost. Call it inside the tenant's scope."""
    rows = EvidencePack.objects.filter(unmoved("moved_at", STALE_AFTER, now=now), state__in=UNDER_WAY)
    return list(rows.order_by("asked_at", "id").values_list("id", flat=True))


def pieces_of(tenant_id: UUID, pack_id: UUID) -> Iterator[bytes]:
    """Yield the file of a pack. Outside any scope."""
    number = 0
    while True:
        with tenant_scope(tenant_id):
            content = (
                EvidencePart.objects.filter(pack_id=pack_id, number=number).values_list("content", flat=True).first()
            )  # fmt: skip
        if content is None:
            return
        yield bytes(content)
        number += 1


def _take_up(tenant_id: UUID, pack_id: UUID, now: datetime) -> EvidencePack | None:
    """Begin a pack, or give it up after too many tries."""
    with tenant_scope(tenant_id):
        pack: EvidencePack | None = EvidencePack.objects.select_for_update().filter(id=pack_id).first()
        if pack is None or not (pack.state == PackState.WAITING or is_stale(pack, now=now)):
            return None
        if pack.tries >= MOST_TRIES:
            pack.state, pack.fault, pack.finished_at = PackState.FAILED, PackFault.LOST, now
            pack.save(update_fields=["state", "fault", "finished_at"])
            return None
        pack.state, pack.moved_at, pack.done, pack.tries = PackState.BUILDING, now, 0, pack.tries + 1
        pack.save(update_fields=["state", "moved_at", "done", "tries"])
        return pack


def _ours(begun: EvidencePack) -> QuerySet[EvidencePack]:
    """Return the pack as long as nobody has begun it since."""
    rows: QuerySet[EvidencePack] = EvidencePack.objects.filter(id=begun.id, state=PackState.BUILDING, tries=begun.tries)
    return rows


def is_stale(pack: EvidencePack, *, now: datetime) -> bool:
    """Whether its worker is gone, or its task was lost."""
    return pack.state in UNDER_WAY and is_lost(pack.moved_at, STALE_AFTER, now=now)


def _note(tenant_id: UUID, begun: EvidencePack, done: int, total: int) -> None:
    with tenant_scope(tenant_id):
        if not _ours(begun).update(done=done, total=total, moved_at=clock.now()):
            raise LostPackError


def _keep(tenant: Tenant, begun: EvidencePack, out: BinaryIO, built: Built) -> None:
    """Keep the file and tell it, all at once; of packs long ago the file goes."""
    out.seek(0)
    with tenant_scope(tenant):
        if (pack := _ours(begun).select_for_update().first()) is None:
            raise LostPackError
        EvidencePart.objects.filter(pack=pack).delete()
        for number, piece in enumerate(iter(partial(out.read, PIECE), b"")):
            EvidencePart.objects.create(tenant_id=tenant.id, pack=pack, number=number, content=piece)
        now = clock.now()
        pack.state, pack.fault, pack.finished_at, pack.moved_at = PackState.READY, "", now, now
        pack.bytes, pack.sha256, pack.done, pack.total = built.bytes, built.sha256, built.entries, built.entries
        pack.save()
        audit.record(
            Actor.system(), audit_events.EVIDENCE_BUILT, pack, at=now, sha256=built.sha256, through=built.through,
            first_on=pack.first_on.isoformat(), last_on=pack.last_on.isoformat(),
        )  # fmt: skip
        kept = EvidencePack.objects.filter(state=PackState.READY).order_by("-asked_at", "-id")[:KEPT]
        EvidencePart.objects.exclude(pack_id__in=[one.id for one in kept]).delete()
