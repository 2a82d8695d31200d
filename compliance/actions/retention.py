"""Decide how long records are kept."""

from datetime import datetime
from typing import Final

from compliance import audit, audit_events, policy_standing, retention
from compliance.actions.actors import require_actor
from compliance.models import RecordClass, RetentionPolicy
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.roles import Capability
from tenants.scoping import tenant_scope

MIN_KEEP_DAYS: Final = 1
MAX_KEEP_DAYS: Final = 36_500


class KeepDaysOutOfRangeError(ValueError):
    """Records are kept for 1 to 36,500 days, or without an end."""


class RetentionHeldError(Exception):
    """A mode wants an end to be decided, or an earlier one."""


def set_policy(
    *, tenant: Tenant, record_class: RecordClass, keep_days: int | None, actor: Actor, now: datetime
) -> int | None:
    """Keep a class of records for so many days; None keeps it until it is erased by hand.

    Raises:
        NotPermittedError: The actor may not decide it.
        KeepDaysOutOfRangeError: The span makes no sense.
        RetentionHeldError: A mode does not let them be kept for so long.
    """
    if keep_days is not None and not MIN_KEEP_DAYS <= keep_days <= MAX_KEEP_DAYS:
        raise KeepDaysOutOfRangeError
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_RETENTION)
        # The organisation's row serialises two who decide at once, also where there is no policy yet.
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        if retention.held_by(locked, keep_days):
            raise RetentionHeldError
        policy = RetentionPolicy.objects.filter(record_class=record_class).first()
        before = None if policy is None else int(policy.keep_days)
        if before == keep_days:
            return keep_days
        policy_standing.note_retention(locked, record_class, keep_days, now=now)
        _write(tenant, record_class, policy, keep_days, now)
        audit.record(
            actor,
            audit_events.RETENTION_CHANGED,
            tenant,
            at=now,
            record_class=record_class.value,
            keep_days_before=before,
            keep_days=keep_days,
        )
    return keep_days


def _write(
    tenant: Tenant, record_class: RecordClass, policy: RetentionPolicy | None, keep_days: int | None, now: datetime
) -> None:
    if keep_days is None:
        if policy is not None:
            policy.delete()
    elif policy is not None:
        policy.keep_days, policy.changed_at = keep_days, now
        policy.save(update_fields=["keep_days", "changed_at"])
    else:
        RetentionPolicy.objects.create(
            tenant_id=tenant.id, record_class=record_class, keep_days=keep_days, changed_at=now
        )
