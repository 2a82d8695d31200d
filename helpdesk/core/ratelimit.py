"""Token buckets in Valkey, shared by views and sockets of every process.

A bucket's key holds a keyed hash, so that a reader of Valkey learns no address and no e-mail.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from helpdesk.core import names
from helpdesk.core.valkey import async_client as _async_client
from helpdesk.core.valkey import client as _client

# Refill by time passed, take ARGV[4] tokens (1, or -1 to give one back); answers the seconds to wait, 0 when one is
# there.
SCRIPT: Final = """
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local burst, rate, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = math.min(burst, (tonumber(held[1]) or burst) + math.max(0, now - (tonumber(held[2]) or now)) * rate)
local wait, take = 0, tonumber(ARGV[4])
if take < 0 then tokens = math.min(burst, tokens - take)
elseif tokens >= 1 then tokens = tokens - take else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return tostring(wait)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A named allowance: `burst` at once, then `per_s` a second."""

    name: str
    burst: int
    per_s: float

    def wait_s(self, key: str, tenant_id: UUID | None = None) -> float:
        """Take a token; return 0.0, or the seconds until the next one.

        Raises:
            redis.RedisError: Valkey does not answer. Who calls decides; nothing here lets it pass.
        """
        return self._run(key, tenant_id, take=1)

    def give_back(self, key: str, tenant_id: UUID | None = None) -> None:
        """Give a token back: for allowances that only failures use up, but of which each try takes one first."""
        self._run(key, tenant_id, take=-1)

    async def await_s(self, key: str, tenant_id: UUID | None = None) -> float:
        """The same for coroutines."""
        client: Any = _async_client()
        script = client.register_script(SCRIPT)
        return float(await script(keys=[self._bucket(tenant_id, key)], args=self._arguments()))

    def _run(self, key: str, tenant_id: UUID | None, *, take: int) -> float:
        script = _client().register_script(SCRIPT)
        return float(script(keys=[self._bucket(tenant_id, key)], args=self._arguments(take)))

    def _arguments(self, take: int = 1) -> list[str]:
        return [str(self.burst), str(self.per_s), repr(time.time()), str(take)]

    def _bucket(self, tenant_id: UUID | None, key: str) -> str:
        secret = settings.SECRET_KEY.encode()
        digest = hmac.new(secret, f"{self.name}|{tenant_id}|{key}".encode(), hashlib.sha256).hexdigest()
        return names.key("limit", tenant_id, self.name, digest[:32])
