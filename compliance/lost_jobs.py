"""When a job is taken for lost: nothing has moved for longer than its slowest step takes.

Its worker was killed, or its task never came to one. Whoever looks after jobs then takes it up again; the row itself
tells a worker that was only slow that it is not its job any more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from tenants.scoping import tenant_scope

#: Returns which jobs of the organisation in scope nobody is at, as of `now`.
Find = Callable[..., list[UUID]]


def is_lost(moved_at: datetime, after: timedelta, *, now: datetime) -> bool:
    """Whether a job that moved last at an instant has no worker any more."""
    return moved_at <= now - after


def unmoved(column: str, after: timedelta, *, now: datetime) -> Q:
    """Say the same of rows, by the column that has that instant."""
    return Q(**{f"{column}__lte": now - after})


def is_any(find: Find, tenant_id: UUID, *, now: datetime) -> bool:
    """Whether a job was lost in an organisation."""
    with tenant_scope(tenant_id):
        return bool(find(now=now))
