"""Decide how long records are kept."""

from datetime import datetime

from compliance import audit, audit_events, policy_standing
from compliance.actions.actors import require_actor
from compliance.disposal_lock import deciding
from compliance.models import RecordClass, RetentionPolicy
from compliance.retention_table import MAX_KEEP_DAYS, MIN_KEEP_DAYS, RETENTION
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policies import modes_on
from tenants.policy_rows.row import MODES
from tenants.roles import Capability
from tenants.scoping import tenant_scope


class KeepDaysOutOfRangeError(ValueError):
    """Records are kept for 1 to 36,500 days, or without an end."""


class ModeWantsSpanError(ValueError):
    """A mode that is on wants a span, or a shorter one; the mode is named, and the days that are allowed."""

    def __init__(self, mode: str, at_most: int | None) -> None:
        most = "" if at_most is None else f" of at most {at_most} days"
        super().__init__(f"{mode} wants a number of days{most}.")
        self.mode, self.at_most = mode, at_most


def set_policy(
    *, tenant: Tenant, record_class: RecordClass, keep_days: int | None, actor: Actor, now: datetime
) -> int | None:
    """Keep a class of records for so many days; None takes the choice back. The next nightly run goes by it.

    Raises:
        NotPermittedError: The actor may not decide it.
        KeepDaysOutOfRangeError: The span makes no sense.
        ModeWantsSpanError: A mode that is on does not allow it.
    """
    if keep_days is not None and not MIN_KEEP_DAYS <= keep_days <= MAX_KEEP_DAYS:
        raise KeepDaysOutOfRangeError
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_RETENTION)
        deciding()
        # The organisation's row holds its modes still, too.
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        require_span(locked, record_class, keep_days)
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


def require_span(tenant: Tenant, record_class: RecordClass, keep_days: int | None) -> None:
    """Let a span pass that the modes that are on allow; and no span where none of them wants one.

    Raises:
        ModeWantsSpanError: One does not.
    """
    rule = RETENTION[record_class]
    for mode in modes_on(tenant):
        most = rule.at_most.get(mode)
        too_long = most is not None and keep_days is not None and keep_days > most
        if too_long or (keep_days is None and mode in rule.decided):
            raise ModeWantsSpanError(MODES[mode], most)


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
