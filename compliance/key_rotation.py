"""Finish what was begun with an organisation's keys, with evidence in the audit trail. Killed, it goes on."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from compliance import audit, audit_events
from helpdesk.core import clock
from tenants.actors import Actor
from tenants.keyring import rewrapping, rotation, skew
from tenants.keyring.models import KeyState, Rotation, TenantKey
from tenants.keyring.scope import keys_scope
from tenants.models import SealedTOTPDevice, Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# PCI DSS 3.7.4: a cryptoperiod is defined and kept.
CRYPTOPERIOD: Final = timedelta(days=90)
PAUSE_S: Final = 0.01


def turn_keys(
    tenant_id: UUID,
    *,
    now: Callable[[], datetime] = clock.now,
    pause: Callable[[float], None] = time.sleep,
    batch: int = rotation.BATCH,
    grace: timedelta = rotation.GRACE,
) -> int:
    """Begin the rotations that are due and go on with those under way; return how many are done now.

    With a clock that is wrong, everything but the destruction of old keys is done.
    """
    may_destroy = skew.clock_is_right()
    if may_destroy:
        _begin_due(tenant_id, now())
    done = 0
    for one in rotation.unfinished(tenant_id):
        for _ in rotation.move_batches(one, now=now(), batch=batch):
            pause(PAUSE_S)
        if may_destroy and rotation.destroy_old(one, now=now(), grace=grace):
            _record(one, now())
            rotation.finish(one, now=now())
            done += 1
    return done


def rewrap(tenant_id: UUID, *, now: datetime) -> int:
    """Wrap an organisation's keys under the provider's newest key, where they are not; return how many were not."""
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.get(id=tenant_id)
        moved = rewrapping.rewrap_tenant_keys(tenant_id)
        if moved:
            audit.record(Actor.system(), audit_events.KEYS_REWRAPPED, tenant, at=now, count=moved)
    return moved


def rewrap_factors() -> int:
    """Seal the seeds of second factors under the provider's newest key, where they are not."""
    moved = 0
    for device in SealedTOTPDevice.objects.order_by("id").iterator():
        moved += device.renew_seed()
    return moved


def _begin_due(tenant_id: UUID, now: datetime) -> None:
    with keys_scope(tenant_id):
        old = TenantKey.objects.filter(state=KeyState.ACTIVE, created_at__lt=now - CRYPTOPERIOD)
        purposes = list(old.order_by("purpose").values_list("purpose", flat=True))
    for purpose in purposes:
        try:
            rotation.begin_tenant_rotation(tenant_id, purpose, now=now)
        except rotation.RotationRunningError:
            logger.info("the key is being turned already", extra={"tenant": tenant_id, "purpose": purpose})


def _record(done: Rotation, now: datetime) -> None:
    """Write the evidence. A kill right after it lets the next run write it once more: twice is better than never."""
    with tenant_scope(done.tenant_id):
        audit.record(
            Actor.system(), audit_events.KEY_ROTATED, done, at=now, kind=done.kind, of=done.subject,
            destroyed=done.old_version, version=done.new_version, moved=done.moved,
        )  # fmt: skip
