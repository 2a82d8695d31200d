"""Packs that are kept: built by a worker, with progress, and handed over in pieces."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, Final
from uuid import UUID

from compliance import audit, audit_events
from compliance.evidence.building import Built, build
from compliance.evidence.period import EvidenceError, Period
from compliance.models import EvidencePack, EvidencePart, PackState
from compliance.models.evidence import KEPT
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: A page of entries takes less than a second. A pack that has not moved for so long has no worker any more.
STALE_AFTER: Final = timedelta(minutes=2)
PIECE: Final = 1 << 20


def build_pack(tenant: Tenant, pack_id: UUID, *, now: datetime) -> Built | None:
    """Build a pack that waits, or whose worker is gone; None where there is nothing to build. Outside any scope."""
    if (period := _take_up(tenant.id, pack_id, now)) is None:
        return None
    with TemporaryFile() as out:
        try:
            built = build(tenant, period, out, now=now, progress=partial(_note, tenant.id, pack_id))
        except EvidenceError as error:
            with tenant_scope(tenant):
                EvidencePack.objects.filter(id=pack_id).update(
                    state=PackState.FAILED, fault=error.fault, finished_at=clock.now()
                )  # fmt: skip
            return None
        _keep(tenant, pack_id, out, built)
    return built


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


def _take_up(tenant_id: UUID, pack_id: UUID, now: datetime) -> Period | None:
    with tenant_scope(tenant_id):
        pack: EvidencePack | None = EvidencePack.objects.select_for_update().filter(id=pack_id).first()
        if pack is None or not (pack.state == PackState.WAITING or is_stale(pack, now=now)):
            return None
        pack.state, pack.moved_at, pack.done = PackState.BUILDING, now, 0
        pack.save(update_fields=["state", "moved_at", "done"])
        return Period.of_days(pack.first_on, pack.last_on)


def is_stale(pack: EvidencePack, *, now: datetime) -> bool:
    """Whether its worker is gone, or its task was lost."""
    return pack.state in {PackState.WAITING, PackState.BUILDING} and pack.moved_at < now - STALE_AFTER


def _note(tenant_id: UUID, pack_id: UUID, done: int, total: int) -> None:
    with tenant_scope(tenant_id):
        EvidencePack.objects.filter(id=pack_id).update(done=done, total=total, moved_at=clock.now())


def _keep(tenant: Tenant, pack_id: UUID, out: BinaryIO, built: Built) -> None:
    """Keep the file and tell it, all at once; of packs long ago the file goes."""
    out.seek(0)
    with tenant_scope(tenant):
        pack = EvidencePack.objects.select_for_update().get(id=pack_id)
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
