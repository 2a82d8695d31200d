"""Write down what a drill found: for operators, in the trail of every organisation, for the watch over controls."""

from datetime import datetime, timedelta

from django.db import transaction

from compliance import audit, audit_events
from compliance.controls import noting
from compliance.drill.found import Found, Opened
from compliance.models import RestoreDrill
from tenants.actors import Actor
from tenants.models import Tenant, TenantStatus
from tenants.scoping import tenant_scope

#: Its control in `compliance.controls.table`.
CONTROL = "restoring"


def write_down(found: Found, *, now: datetime) -> RestoreDrill:
    """Keep a drill and its entries, all of them or none. Trails of closed organisations have ended."""
    faults = ",".join(sorted(found.faults))
    with transaction.atomic():
        drill = RestoreDrill.objects.create(
            started_at=found.started_at, ended_at=now, backup_made_at=found.backup_made_at, is_own=found.is_own,
            held=not found.faults, faults=faults, restored_ms=round(found.restored_s * 1000),
            databases=found.databases, tenants=found.tenants, rows=found.rows, entries=found.entries,
            anchor=found.anchor, opened=found.total("opened"), withheld=found.total("withheld"),
            unreadable=found.total("unreadable"),
        )  # fmt: skip
        seconds = whole_seconds(now - found.started_at)
        told: dict[str, str | int | bool | None] = {
            "held": drill.held, "faults": faults, "seconds": seconds, "restored_s": -(-drill.restored_ms // 1000),
            "age_s": None if drill.backup_made_at is None else whole_seconds(drill.started_at - drill.backup_made_at),
        }  # fmt: skip
        audit.record_of_operators(
            None, audit_events.RESTORE_DRILLED, drill, at=now, tenants=drill.tenants, entries=drill.entries, **told
        )
        for tenant in Tenant.objects.exclude(status=TenantStatus.CLOSED).order_by("id"):
            entries, opened = found.of.get(tenant.id, (0, Opened()))
            with tenant_scope(tenant):
                audit.record(
                    Actor.system(), audit_events.RESTORE_DRILLED, drill, at=now, in_backup=tenant.id in found.of,
                    entries=entries, opened=opened.opened, unreadable=opened.unreadable, **told,
                )  # fmt: skip
    noting.note(CONTROL, None, faults, now=now)
    return drill


def whole_seconds(span: timedelta) -> int:
    """Return a span in seconds, rounded up: a drill of a moment took one. What two hosts' clocks make negative is 0."""
    return max(0, -(-span // timedelta(seconds=1)))
