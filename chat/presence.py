"""Who of the team is there: the last sign of life of each member's sockets, and what they have chosen to be.

Sorted sets in Valkey, per organisation: of each member the instant of the last sign that any of their sockets gave, and
until when that counts; and per member their sockets. Who closes the last of them has gone, and that is told at once. A
socket that nobody closed, because its process or its network died, is never taken for truth: its sign grows old.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import redis

from chat import business_hours
from chat.models import Availability, Status
from chat.protocol.events import TeamStatus
from helpdesk.core import clock, names, valkey
from helpdesk.core.threads import in_thread
from helpdesk.core.together import Together
from tenants.scoping import tenant_scope

# Two heartbeats, and the time to answer the second.
FRESH_S: Final = 60.0
KEPT_S: Final = 7 * 24 * 3600
# Every visitor's socket asks at each heartbeat.
TEAM_LIVES_S: Final = 5.0
KEPT: Final = 10_000
# A socket has closed. If it was the member's last, they are there no more; the sign they gave last stays.
_LEAVE: Final = """
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', ARGV[3])
if redis.call('ZCARD', KEYS[2]) > 0 then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class TeamNow:
    """What the team is to a visitor. `opens_at`: outside business hours, when somebody is there next, if ever."""

    status: TeamStatus
    opens_at: datetime | None = None


def as_told(team: TeamNow | None) -> dict[str, Any]:
    """Return the fields of an event that tell it; none while it is not known."""
    return {} if team is None else {"team": team.status, "opens_at": team.opens_at}


_teams: dict[UUID, tuple[float, TeamNow | None]] = {}


async def give_sign(tenant_id: UUID, membership_id: UUID, socket: UUID, *, now: datetime) -> bool:
    """Note that a socket of a member's is alive; whether they come only now.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    pipeline = _sign(valkey.async_client().pipeline(transaction=False), tenant_id, membership_id, socket, now)
    before, *_ = await pipeline.execute()
    return _has_come(tenant_id, before, now)


def give_sign_now(tenant_id: UUID, membership_id: UUID, *, now: datetime) -> bool:
    """Do the same for a member without a socket, from a thread.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    # All their windows without a socket count as one, which nobody closes.
    pipeline = _sign(valkey.client().pipeline(transaction=False), tenant_id, membership_id, membership_id, now)
    before, *_ = pipeline.execute()
    return _has_come(tenant_id, before, now)


def _sign(pipeline: Any, tenant_id: UUID, membership_id: UUID, socket: UUID, now: datetime) -> Any:
    there, member, until = _there_key(tenant_id), membership_id.hex, now.timestamp() + FRESH_S
    pipeline.zscore(there, member)
    # The clocks of two processes may differ: a sign never goes back.
    for key, name, at in (
        (_key(tenant_id), member, now.timestamp()),
        (there, member, until),
        (_sockets_key(tenant_id, membership_id), socket.hex, until),
    ):
        pipeline.zadd(key, {name: at}, gt=True)
        pipeline.expire(key, KEPT_S)
    return pipeline


def _has_come(tenant_id: UUID, before: Any, now: datetime) -> bool:
    has_come = before is None or float(before) < now.timestamp()
    if has_come:
        forget_team(tenant_id)
    return has_come


async def leave(tenant_id: UUID, membership_id: UUID, socket: UUID, *, now: datetime) -> bool:
    """Note that a socket of a member's has closed; whether it was the last, so that they have gone.

    Raises:
        redis.RedisError: Valkey does not answer; the socket's last sign grows old.
    """
    script = valkey.async_client().register_script(_LEAVE)
    keys = [_there_key(tenant_id), _sockets_key(tenant_id, membership_id)]
    has_gone = bool(await script(keys=keys, args=[socket.hex, membership_id.hex, now.timestamp()]))
    if has_gone:
        forget_team(tenant_id)
    return has_gone


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
    there = valkey.client().zrangebyscore(_there_key(tenant_id), f"({now.timestamp()}", "+inf")
    return {member: str(chosen.get(member, Status.ONLINE)) for member in (UUID(each.decode()) for each in there)}


def chosen_status(membership_id: UUID) -> str:
    """Return what a member has chosen to be. Inside the tenant's scope."""
    found = Availability.objects.filter(membership_id=membership_id).values_list("status", flat=True).first()
    return str(found or Status.ONLINE)


async def team_now(tenant_id: UUID) -> TeamNow | None:
    """Return what a visitor is told of the team, known for some seconds; None if that can't be said just now."""
    known = _teams.get(tenant_id)
    if known is None or time.monotonic() > known[0]:
        return await _asked.ask(tenant_id, ())
    return known[1]


async def _ask(tenant_id: UUID, _: set[None]) -> TeamNow | None:
    team = await in_thread(_team_now, tenant_id)
    if len(_teams) > KEPT:
        _teams.clear()
    _teams[tenant_id] = (time.monotonic() + TEAM_LIVES_S, team)
    return team


# When somebody comes or goes, all visitors' sockets ask in the same moment.
_asked: Final[Together[UUID, None, TeamNow | None]] = Together(_ask)


def forget_team(tenant_id: UUID) -> None:
    """Ask again who of a team is there."""
    _teams.pop(tenant_id, None)


def forget() -> None:
    """Ask again for what was known of teams."""
    _teams.clear()


def _team_now(tenant_id: UUID) -> TeamNow | None:
    now = clock.now()
    with tenant_scope(tenant_id):
        hours = business_hours.in_force(now=now)
        # A window that was left open at night promises nothing: outside of the hours nobody is there.
        if hours is not None and not hours.is_open(now):
            return TeamNow("offline", hours.opens_at(now))
        try:
            there = set(statuses(tenant_id, now=now).values())
        except redis.RedisError:
            return None
    seen: tuple[TeamStatus, ...] = ("online", "away")
    return TeamNow(next((status for status in seen if status in there), "offline"))


def _key(tenant_id: UUID) -> str:
    return names.key("presence", tenant_id)


def _there_key(tenant_id: UUID) -> str:
    return names.key("there", tenant_id)


def _sockets_key(tenant_id: UUID, membership_id: UUID) -> str:
    return names.key("sockets", tenant_id, membership_id)
