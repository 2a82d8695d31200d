"""Close an organisation whose days of grace are over: keys destroyed, caches evicted, rows purged, certificates.

Each step is seen in the data, so a killed closure is gone on with. The directory's row and the audit trail stay: they
hold no content. The trail ends with an entry that says so, and a certificate keeps that entry's place and hash.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from compliance import audit, audit_chain, audit_events, registry
from compliance.disposal_lock import deciding
from compliance.models import (
    IN_FORCE,
    AuditEntry,
    EvidencePack,
    LegalHold,
    MaskingRevision,
    SubjectRequest,
    TrailView,
)
from tenants.actors import Actor
from tenants.keyring import destruction, ring, skew
from tenants.models import (
    AddressRule,
    AllowedOrigin,
    BreakGlassCode,
    CertificateStep,
    ClosureCertificate,
    Invitation,
    StaffDevice,
    Tenant,
    TenantStatus,
)
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

BATCH: Final = 200
PAUSE_S: Final = 0.05


def due(*, now: datetime) -> list[UUID]:
    """Return the organisations to close now, and those whose closure has not come to its end."""
    over = Q(status=TenantStatus.CLOSING, closes_at__lte=now)
    found = Tenant.objects.filter(over | Q(status=TenantStatus.CLOSED)).order_by("closes_at", "id")
    return [tenant.id for tenant in found if not is_over(tenant.id)]


def is_over(tenant_id: UUID) -> bool:
    """Whether nothing is left to do."""
    with tenant_scope(tenant_id):
        return bool(ClosureCertificate.objects.filter(step=CertificateStep.TRAIL).exists())


def certificates(tenant_id: UUID) -> list[ClosureCertificate]:
    """Return what was certified so far, oldest first."""
    with tenant_scope(tenant_id):
        return list(ClosureCertificate.objects.order_by("at", "id"))


def close(tenant_id: UUID, *, now: datetime, batch: int = BATCH, pause: Callable[[float], None] = time.sleep) -> bool:
    """Take an organisation to its end; return whether it is there. A clock that is wrong closes nothing."""
    if not skew.clock_is_right() or not _set_closed(tenant_id, now):
        return False
    ring.forget_everywhere(tenant_id)
    destroyed = destruction.destroy_key_ring(tenant_id, now=now)
    facts = {
        "tenant_keys": destroyed.tenant_keys,
        "contact_keys": destroyed.contact_keys,
        "fingerprints": destroyed.fingerprints,
        "destroyed_at": destroyed.destroyed_at.isoformat(),
    }
    _certify(tenant_id, CertificateStep.KEYS, audit_events.TENANT_KEYS_DESTROYED, facts, now)
    removed = _purge(tenant_id, batch, pause)
    _certify(tenant_id, CertificateStep.ROWS, audit_events.TENANT_ROWS_PURGED, {"removed": dict(removed)}, now)
    return _end_trail(tenant_id, now)


def _set_closed(tenant_id: UUID, now: datetime) -> bool:
    """From here on nothing of the organisation opens, and there is no way back. A legal hold in force stops it."""
    with tenant_scope(tenant_id):
        deciding()
        tenant = Tenant.objects.select_for_update().get(id=tenant_id)
        if tenant.status == TenantStatus.CLOSED:
            return True
        if tenant.status != TenantStatus.CLOSING or tenant.closes_at is None or tenant.closes_at > now:
            return False
        if LegalHold.objects.filter(IN_FORCE).exists():
            logger.warning("a closure waits for a legal hold", extra={"tenant": str(tenant_id)})
            return False
        tenant.status = TenantStatus.CLOSED
        tenant.save(update_fields=["status"])
        audit.record(
            Actor.system(), audit_events.TENANT_STATE_CHANGED, tenant, at=now,
            before=TenantStatus.CLOSING.value, state=TenantStatus.CLOSED.value,
        )  # fmt: skip
    return True


def _certify(tenant_id: UUID, step: CertificateStep, event: str, facts: dict[str, Any], now: datetime) -> None:
    with tenant_scope(tenant_id):
        Tenant.objects.select_for_update().get(id=tenant_id)
        if ClosureCertificate.objects.filter(step=step).exists():
            return
        certificate = ClosureCertificate.objects.create(tenant_id=tenant_id, step=step, facts=facts, at=now)
        counts = {name: count for name, count in facts.items() if isinstance(count, int)}
        audit.record(Actor.system(), event, certificate, at=now, **counts)


def _end_trail(tenant_id: UUID, now: datetime) -> bool:
    """Write the last entry, seal the chain and certify its head. Nothing but what operators do may follow it."""
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.select_for_update().get(id=tenant_id)
        if not AuditEntry.objects.filter(event=audit_events.AUDIT_CHAIN_ENDED).exists():
            audit.record(Actor.system(), audit_events.AUDIT_CHAIN_ENDED, tenant, at=now)
    audit_chain.seal(tenant_id)
    with tenant_scope(tenant_id):
        Tenant.objects.select_for_update().get(id=tenant_id)
        last = AuditEntry.objects.get(event=audit_events.AUDIT_CHAIN_ENDED)
        if last.position is None:
            return False  # another sealer is at it; whoever comes next goes on
        facts = {"position": last.position, "hash": last.hash}
        ClosureCertificate.objects.get_or_create(
            tenant_id=tenant_id, step=CertificateStep.TRAIL, defaults={"facts": facts, "at": now}
        )
    return True


def _purge(tenant_id: UUID, batch: int, pause: Callable[[float], None]) -> Counter[str]:
    """Erase in batches until a batch finds nothing."""
    removed: Counter[str] = Counter()
    for store in registry.stores():
        while True:
            with tenant_scope(tenant_id):
                erased = store.erase_all(limit=batch)
            removed.update(erased.counts)
            if not erased.records:
                break
            pause(PAUSE_S)
    with tenant_scope(tenant_id):
        removed["invitations"] += Invitation.objects.all().delete()[0]
        # Patterns may tell how an organisation writes its ids.
        removed["masking_revisions"] += MaskingRevision.objects.all().delete()[0]
        removed["legal_holds"] += LegalHold.objects.all().delete()[0]
        removed["evidence"] += EvidencePack.objects.all().delete()[0]
        # Steps go with their request.
        removed["subject_requests"] += SubjectRequest.objects.all().delete()[0]
        removed["trail_views"] += TrailView.objects.all().delete()[0]
        removed["origins"] += AllowedOrigin.objects.all().delete()[0]
        removed["address_rules"] += AddressRule.objects.all().delete()[0]
        removed["devices"] += StaffDevice.objects.all().delete()[0]
        removed["break_glass_codes"] += BreakGlassCode.objects.all().delete()[0]
    return removed
