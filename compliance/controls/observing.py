"""Write down each day, in the trail itself, how every control stands: a pack is built from what stands there alone."""

from datetime import datetime, timedelta
from typing import Final

from compliance import audit, audit_events
from compliance.controls import CONTROLS
from compliance.models import AuditEntry
from tenants.actors import Actor
from tenants.models import Tenant

#: A task that comes twice on a day finds that it was done.
ONCE_IN: Final = timedelta(hours=20)


def observe(tenant: Tenant, *, now: datetime) -> bool:
    """Look at every control, and leave one entry; False where it was done today. Inside the tenant's scope."""
    # One at a time, so that two tasks leave one entry.
    Tenant.objects.select_for_update().get(id=tenant.id)
    lately = AuditEntry.objects.filter(event=audit_events.CONTROLS_OBSERVED, at__gt=now - ONCE_IN)
    if lately.exists():
        return False
    facts: dict[str, str | int] = {}
    for control in CONTROLS:
        if control.look is not None:
            standing = control.look(tenant, now)
            facts[control.key] = standing.state.value
            facts |= {f"{control.key}.{figure}": count for figure, count in standing.figures.items()}
    audit.record(Actor.system(), audit_events.CONTROLS_OBSERVED, tenant, at=now, **facts)
    return True
