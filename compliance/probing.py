"""Somebody who is signed in asks again and again for an organisation that is not theirs: entered in its register."""

from datetime import datetime
from typing import Final
from uuid import UUID

from compliance.breach.raising import raise_incident
from compliance.models import Incident, IncidentCause
from tenants import probes
from tenants.models import Tenant
from tenants.scoping import tenant_scope

#: Of one person within two hours. Fewer are old bookmarks and mistyped addresses.
ENOUGH: Final = 5


def waiting(*, now: datetime) -> list[UUID]:
    """Return the organisations at which somebody has asked often enough.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    return list(dict.fromkeys(tenant_id for (tenant_id, _), number in probes.counts(now).items() if number >= ENOUGH))


def write_down(tenant: Tenant, *, now: datetime) -> Incident | None:
    """Open an incident, or add to the open one, and count anew. Cut short in between, it is counted once more.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    found = {who: number for (of, who), number in probes.counts(now).items() if of == tenant.id and number >= ENOUGH}
    if not found:
        return None
    with tenant_scope(tenant):
        incident = raise_incident(
            tenant.id, IncidentCause.PROBE, kinds={"people": len(found)}, count=sum(found.values()), now=now
        )
    for who in found:
        probes.forget(tenant.id, who, now=now)
    return incident
