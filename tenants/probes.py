"""Who asks for an organisation that they do not belong to: counted, by the hour, without saying who.

The gate's answer is the same 404 as for no organisation at all, and so is the work here: one increment in Valkey,
whichever it was. Somebody above this app looks at the counts (`compliance.probing`).
"""

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import redis
from django.conf import settings

from helpdesk.core import names
from helpdesk.core.valkey import client

logger = logging.getLogger(__name__)
KEPT_S: Final = 2 * 3600
NOWHERE: Final = "nowhere"


def note(user_id: UUID, tenant_id: UUID | None, *, now: datetime) -> None:
    """Count one refusal. Without Valkey it is not counted, and the log says so: nobody is let in either way."""
    field = f"{tenant_id or NOWHERE}:{_pseudonym(user_id)}"
    key = _key(now)
    try:
        with client().pipeline(transaction=False) as pipe:
            pipe.hincrby(key, field, 1)
            pipe.expire(key, KEPT_S)
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("a refusal was not counted", extra={"reason": type(error).__name__})


def counts(now: datetime) -> Mapping[tuple[UUID, str], int]:
    """Return how often whom, by pseudonym, was refused at which organisation, this hour and the one before.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    found: dict[tuple[UUID, str], int] = {}
    for key in (_key(now - timedelta(hours=1)), _key(now)):
        for field, number in client().hgetall(key).items():
            tenant, _, who = field.decode().partition(":")
            if tenant != NOWHERE:
                place = (UUID(tenant), who)
                found[place] = found.get(place, 0) + int(number)
    return found


def forget(tenant_id: UUID, who: str, *, now: datetime) -> None:
    """Count anew: what was found is written down.

    Raises:
        redis.RedisError: Valkey does not answer.
    """
    for key in (_key(now - timedelta(hours=1)), _key(now)):
        client().hdel(key, f"{tenant_id}:{who}")


def _key(now: datetime) -> str:
    return names.key("probes", None, f"{now:%Y%m%d%H}")


def _pseudonym(user_id: UUID) -> str:
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, f"probe|{user_id}".encode(), hashlib.sha256).hexdigest()[:24]
