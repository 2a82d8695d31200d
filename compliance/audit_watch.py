"""Go along every chain each night, and leave in it that this was done, or raise an alarm."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from compliance import audit, audit_chain, audit_events
from compliance.anchoring import anchor as anchoring
from compliance.anchoring import keys
from compliance.anchoring.places import Folder
from compliance.audit_chain import Verdict
from compliance.breach.raising import raise_incident
from compliance.models import AnchorKey, AuditEntry, IncidentCause
from compliance.verifier.entries import OPERATORS, BrokenError
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope


def verify_tenant(tenant: Tenant, *, now: datetime, folder: Folder | None = None) -> Verdict:
    """Verify an organisation's chain up to the newest anchor, and write down what was found. A break is an alarm."""
    verdict = audit_chain.verify(tenant.id, anchored=_anchored(tenant.id, folder), seen=_seen(tenant, folder))
    event = audit_events.AUDIT_VERIFIED if verdict.broken is None else audit_events.AUDIT_BROKEN
    facts: dict[str, str | int] = {"entries": verdict.entries}
    if verdict.broken is not None:
        facts |= {"position": verdict.broken.position, "why": verdict.broken.why}
    with tenant_scope(tenant):
        audit.record(Actor.system(), event, tenant, at=now, **facts)
        if verdict.broken is not None:
            raise_incident(tenant.id, IncidentCause.TRAIL, about="broken", now=now)
        _alarm(verdict, now)
    return verdict


def verify_operators(*, now: datetime, folder: Folder | None = None) -> Verdict:
    """Do so with what concerns operators alone."""
    verdict = audit_chain.verify(OPERATORS, anchored=_anchored(OPERATORS, folder))
    with transaction.atomic():
        _alarm(verdict, now)
    return verdict


def _alarm(verdict: Verdict, now: datetime) -> None:
    key: AnchorKey = keys.newest(now=now)
    what = str(verdict.chain)
    if verdict.broken is None:
        anchoring.end_alarm(key, what, now)
    else:
        anchoring.raise_alarm(key, what, f"broken at {verdict.broken.position}", now)


def _seen(tenant: Tenant, folder: Folder | None) -> dict[int, int]:
    """Return when heads were anchored at the time before which all lies that the newest checkpoint lets go.

    One that lets go what is younger is found by it, even if it was written by the application's own way.
    """
    with tenant_scope(tenant):
        told = AuditEntry.objects.filter(event=audit_events.AUDIT_EXPIRED, sealed_at__isnull=False)
        newest = told.order_by("-position").first()
    if newest is None or newest.sealed_at is None:
        return {}
    try:
        until = newest.sealed_at - timedelta(days=int(newest.facts["days"]))
        anchors = (folder or Folder(settings.AUDIT_ANCHORS)).state_since(until.date() + timedelta(days=2))
    except (OSError, BrokenError, KeyError, TypeError, ValueError, OverflowError):
        return {}
    return dict(anchors.seen.get(tenant.id.bytes, {}))


def _anchored(chain: UUID, folder: Folder | None) -> dict[int, bytes]:
    """Return the newest head that was anchored; where the folder is away or broken, its own alarm tells."""
    try:
        head = (folder or Folder(settings.AUDIT_ANCHORS)).state().heads.get(chain.bytes)
    except (OSError, BrokenError):
        return {}
    return {} if head is None else {head[0]: head[1]}
