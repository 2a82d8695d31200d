"""Jobs of accounts, which belong to no organisation."""

from uuid import UUID

from helpdesk.core import clock
from tenants.actions import locks
from tenants.lockout import counting
from tenants.tasks_base import global_task


@global_task(name="tenants.record_lock")
def record_lock(*, person_id: str, **_: object) -> None:
    """Record that a person's sign-in was locked, and tell them; an id of nobody is what an unknown address has."""
    locks.record_lock(person_id=UUID(person_id), now=clock.now())


@global_task(name="tenants.forget_failures")
def forget_failures(**_: object) -> None:
    """Drop failed sign-ins that count no more."""
    counting.forget_old(now=clock.now())
