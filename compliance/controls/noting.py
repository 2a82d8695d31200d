"""Write down that a control did its work, or failed. What is watched every two minutes is not written every time."""

import logging
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, transaction

from compliance import audit, audit_events
from compliance.controls.table import BY_TASK, CONTROLS, Control
from compliance.models import ControlRun, ServiceControl
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)
#: Of its limit: how old the last time may be before it is written anew.
SELDOM: Final = 4
AT_LEAST: Final = timedelta(minutes=2)
AT_MOST: Final = timedelta(days=1)
MAX_WHY: Final = 60


def task_ended(task: str, tenant_id: UUID | None, error: str, *, now: datetime) -> None:
    """Note the end of a task that a control stands for. A database that is away is in the log, and missed later."""
    control = BY_TASK.get(task)
    if control is None or control.of_service != (tenant_id is None):
        return
    try:
        note(control.key, tenant_id, error, now=now)
    except DatabaseError as away:
        logger.warning("a control was not noted", extra={"reason": type(away).__name__, "task": task})


def note(key: str, tenant_id: UUID | None, error: str, *, now: datetime) -> None:
    """Note one outcome; of an organisation's control in a scope of its own."""
    if tenant_id is None:
        with transaction.atomic():
            _write(ServiceControl.objects.all(), {}, CONTROLS[key], error, now)
        return
    with tenant_scope(tenant_id):
        _write(ControlRun.objects.all(), {"tenant_id": tenant_id}, CONTROLS[key], error, now)


def _write(rows: Any, of: dict[str, UUID], control: Control, error: str, now: datetime) -> None:
    known = rows.filter(control=control.key).first()
    if known is not None and not error and _is_fresh(known, control, now):
        return
    if known is None:
        rows.model.objects.bulk_create([rows.model(control=control.key, since=now, **of)], ignore_conflicts=True)
    row = rows.select_for_update().get(control=control.key)
    if error:
        row.last_failed_at, row.failures, row.why = now, row.failures + 1, error[:MAX_WHY]
        row.save(update_fields=["last_failed_at", "failures", "why"])
        return
    was_raised = row.alarmed_at is not None
    row.last_ok_at, row.failures, row.why, row.alarmed_at, row.told_at = now, 0, "", None, None
    row.save(update_fields=["last_ok_at", "failures", "why", "alarmed_at", "told_at"])
    if was_raised:
        over(row, control, now)


def over(row: ControlRun | ServiceControl, control: Control, now: datetime) -> None:
    """Leave an entry that a control works again."""
    if isinstance(row, ControlRun):
        audit.record(Actor.system(), audit_events.CONTROL_OVER, row, at=now, control=control.key)
    else:
        audit.record_of_operators(None, audit_events.CONTROL_OVER, row, at=now, control=control.key)


def _is_fresh(row: ControlRun | ServiceControl, control: Control, now: datetime) -> bool:
    if row.failures or row.alarmed_at is not None or row.last_ok_at is None:
        return False
    seldom = AT_LEAST if control.limit is None else min(max(AT_LEAST, control.limit / SELDOM), AT_MOST)
    return row.last_ok_at > now - seldom


def expect_anew(tenant: Tenant, *, now: datetime) -> None:
    """Expect an organisation's controls from now on: none has run while it was not active. Inside its scope."""
    ControlRun.objects.filter(tenant_id=tenant.id).update(since=now)
