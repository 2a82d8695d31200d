"""Who of the team is there: the last sign of life of each member's sockets, and what they have chosen to be.

A sorted set per organisation in Valkey holds a member's id with the instant of the last heartbeat that any of their
sockets answered. That a socket closed is never taken for truth: a sign grows old, or a newer one comes.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import redis

from chat.models import Availability, Status
from helpdesk.core import clock, names, valkey
from helpdesk.core.threads import in_thread
from tenants.scoping import tenant_scope

# Two heartbeats, and the time to answer the second.
FRESH_S: Final = 60.0
KEPT_S: Final = 7 * 24 * 3600
# Every visitor's socket asks at each heartbeat.
TEAM_LIVES_S: Final = 5.0
KEPT: Final = 10_000

_teams: dict[UUID, tuple[float, str | None]] = {}


async def give_sign(tenant_id: UUID, membership_id: UUID, *, now: datetime) -> bool:
    """Note that a socket of a member's is alive; whether they come only now.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    pipeline = _sign(valkey.async_client().pipeline(transaction=False), tenant_id, membership_id, now)
    before, *_ = await pipeline.execute()
    return _has_come(tenant_id, before, now)


def give_sign_now(tenant_id: UUID, membership_id: UUID, *, now: datetime) -> bool:
    """Do the same for a member without a socket, from a thread.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    before, *_ = _sign(valkey.client().pipeline(transaction=False), tenant_id, membership_id, now).execute()
    return _has_come(tenant_id, before, now)


def _sign(pipeline: Any, tenant_id: UUID, membership_id: UUID, now: datetime) -> Any:
    key, member = _key(tenant_id), membership_id.hex
    pipeline.zscore(key, member)
    # The clocks of two processes may differ: a sign never goes back.
    pipeline.zadd(key, {member: now.timestamp()}, gt=True)
    pipeline.expire(key, KEPT_S)
    return pipeline


def _has_come(tenant_id: UUID, before: Any, now: datetime) -> bool:
    has_come = before is None or now.timestamp() - float(before) > FRESH_S
    if has_come:
        _teams.pop(tenant_id, None)
    return has_come


def signs(tenant_id: UUID) -> dict[UUID, float]:
    """Return when members last gave a sign, in seconds since 1970; who never has is left out.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    found = valkey.client().zrange(_key(tenant_id), 0, -1, withscores=True)
    return {UUID(member.decode()): float(at) for member, at in found}


def expect_sign(tenant_id: UUID, members: Iterable[UUID], *, now: datetime) -> None:
    """Count from now on for members of whom nothing is known: Valkey may have lost what it knew."""
    if unknown := {member.hex: now.timestamp() for member in members}:
        valkey.client().zadd(_key(tenant_id), unknown, nx=True)


def statuses(tenant_id: UUID, *, now: datetime) -> dict[UUID, str]:
    """Return what members are to others; who is not in it is offline. Inside the tenant's scope.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    chosen = dict(Availability.objects.values_list("membership_id", "status"))
    fresh = now.timestamp() - FRESH_S
    return {member: str(chosen.get(member, Status.ONLINE)) for member, at in signs(tenant_id).items() if at > fresh}


def chosen_status(membership_id: UUID) -> str:
    """Return what a member has chosen to be. Inside the tenant's scope."""
    found = Availability.objects.filter(membership_id=membership_id).values_list("status", flat=True).first()
    return str(found or Status.ONLINE)


async def team_status(tenant_id: UUID) -> str | None:
    """Return what a visitor is told of the team, known for some seconds; None if that can't be said just now."""
    known = _teams.get(tenant_id)
    if known is None or time.monotonic() > known[0]:
        if len(_teams) > KEPT:
            _teams.clear()
        known = _teams[tenant_id] = (time.monotonic() + TEAM_LIVES_S, await in_thread(_team_status, tenant_id))
    return known[1]


def forget() -> None:
    """Ask again for what was known of teams."""
    _teams.clear()


def _team_status(tenant_id: UUID) -> str | None:
    try:
        with tenant_scope(tenant_id):
            there = set(statuses(tenant_id, now=clock.now()).values())
    except redis.RedisError:
        return None
    return next((str(status) for status in (Status.ONLINE, Status.AWAY) if status in there), str(Status.OFFLINE))


def _key(tenant_id: UUID) -> str:
    return names.key("presence", tenant_id)
