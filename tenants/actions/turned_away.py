"""Writing down that a member came from where, or with what, they may not."""

from datetime import datetime

import redis

from tenants import limits
from tenants.actors import Actor
from tenants.limits import TooManyTriesError
from tenants.models import Membership
from tenants.signals import announce


def note_turned_away(membership: Membership, *, session_hash: bytes, reason: str, now: datetime) -> None:
    """Note a refusal, once in ten minutes for each session and reason: pages ask by themselves, again and again."""
    try:
        limits.take(limits.TURNED_AWAY_NOTED, f"{session_hash.hex()}|{reason}", membership.tenant_id)
    except TooManyTriesError:
        return
    except redis.RedisError:
        pass  # nobody can say that it was noted, so it is
    announce("member.turned_away", actor=Actor.member(membership), subject=membership, at=now, reason=reason)
