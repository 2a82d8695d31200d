"""Write down each day, in the trail itself, how every control stands: a pack is built from what stands there alone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.db import transaction

from compliance import audit, audit_events
from compliance.evidence.controls import CONTROLS
from compliance.evidence.controls.control import State
from compliance.models import AuditEntry
from tenants.actors import Actor
from tenants.mail import Mail
from tenants.mail_owners import mail_owners
from tenants.models import Tenant

#: A task that comes twice on a day finds that it was done.
ONCE_IN: Final = timedelta(hours=20)
PAGE: Final = "compliance:evidence"


def observe(tenant: Tenant, *, now: datetime) -> bool:
    """Look at every control, leave one entry, and tell owners of what is failing since the last look.

    Inside the tenant's scope. False where it was done today.
    """
    # One at a time, so that two tasks leave one entry.
    Tenant.objects.select_for_update().get(id=tenant.id)
    last = AuditEntry.objects.filter(event=audit_events.CONTROLS_OBSERVED).order_by("-at", "-id").first()
    if last is not None and last.at > now - ONCE_IN:
        return False
    facts = _facts(tenant, now)
    audit.record(Actor.system(), audit_events.CONTROLS_OBSERVED, tenant, at=now, **facts)
    if count := len(_failing(facts) - _failing(last.facts if last else {})):
        told = partial(mail_owners, tenant, Mail.EVIDENCE, page=PAGE, count=str(count))
        transaction.on_commit(told, robust=True)
    return True


def _facts(tenant: Tenant, now: datetime) -> dict[str, str | int]:
    facts: dict[str, str | int] = {}
    for control in CONTROLS:
        if control.look is not None:
            standing = control.look(tenant, now)
            facts[control.key] = standing.state.value
            facts |= {f"{control.key}.{figure}": count for figure, count in standing.figures.items()}
    return facts


def _failing(facts: Mapping[str, Any]) -> set[str]:
    return {control.key for control in CONTROLS if facts.get(control.key) == State.FAILING}
