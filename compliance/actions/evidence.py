"""Ask for evidence of a period, and take it along."""

from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events, tasks
from compliance.evidence.packs import is_stale
from compliance.models import EvidencePack, PackState
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

#: Of one pack: a year, and what a leap year and an auditor's long year need.
LONGEST: Final = timedelta(days=400)


class EvidencePeriodError(ValueError):
    """The period is not over, runs backwards or is too long."""


class UnknownPackError(LookupError):
    """There is no such pack, or its file is not kept any more."""


def ask_pack(*, first_on: date, last_on: date, actor: Membership, now: datetime) -> EvidencePack:
    """Ask for a pack of whole days, UTC; one of the same days that is on its way is the answer to both.

    Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not read the audit trail.
        EvidencePeriodError: There is no pack of such a period.
    """
    require(actor, Capability.READ_AUDIT)
    if not first_on <= last_on < now.date() or last_on - first_on > LONGEST:
        raise EvidencePeriodError
    # Locked, so that two at once ask for one.
    Membership.objects.select_for_update().filter(tenant_id=actor.tenant_id).order_by("id").first()
    pack = _on_its_way(first_on, last_on)
    if pack is None:
        pack = EvidencePack.objects.create(
            tenant_id=actor.tenant_id, first_on=first_on, last_on=last_on, asked_by=actor, asked_at=now, moved_at=now
        )
    elif not is_stale(pack, now=now):
        return pack
    else:
        pack.state, pack.moved_at = PackState.WAITING, now
        pack.save(update_fields=["state", "moved_at"])
    audit.record(
        Actor.member(actor), audit_events.EVIDENCE_ASKED, pack, at=now, first_on=first_on.isoformat(),
        last_on=last_on.isoformat(),
    )  # fmt: skip
    begin = partial(tasks.build_evidence.for_tenant(actor.tenant_id).delay, pack_id=pack.id)
    transaction.on_commit(begin, robust=True)
    return pack


def _on_its_way(first_on: date, last_on: date) -> EvidencePack | None:
    under_way = EvidencePack.objects.filter(state__in=(PackState.WAITING, PackState.BUILDING))
    found: EvidencePack | None = under_way.filter(first_on=first_on, last_on=last_on).first()
    return found


def take_pack(*, pack_id: UUID, actor: Membership, now: datetime) -> EvidencePack:
    """Return a pack that is handed over now. Call it inside the tenant's scope.

    Raises:
        NotPermittedError: The member may not read the audit trail.
        UnknownPackError: There is none, or not any more.
    """
    require(actor, Capability.READ_AUDIT)
    pack: EvidencePack | None = EvidencePack.objects.filter(id=pack_id, state=PackState.READY).first()
    if pack is None or not pack.parts.exists():
        raise UnknownPackError
    audit.record(Actor.member(actor), audit_events.EVIDENCE_DOWNLOADED, pack, at=now, sha256=pack.sha256)
    return pack
