"""Token buckets in Valkey, shared by views and sockets of every process.

A bucket's key holds a keyed hash, so that a reader of Valkey learns no address and no e-mail.
"""

import asyncio
import hashlib
import hmac
import time
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings

# Refill by time passed, take one token; answers the seconds to wait, 0 when taken.
SCRIPT: Final = """
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local burst, rate, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local tokens = math.min(burst, (tonumber(held[1]) or burst) + math.max(0, now - (tonumber(held[2]) or now)) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return tostring(wait)
"""


_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()


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
        script = _client().register_script(SCRIPT)
        return float(script(keys=[self._bucket(tenant_id, key)], args=self._arguments()))

    async def await_s(self, key: str, tenant_id: UUID | None = None) -> float:
        """The same for coroutines."""
        client: Any = _async_client()
        script = client.register_script(SCRIPT)
        return float(await script(keys=[self._bucket(tenant_id, key)], args=self._arguments()))

    def _arguments(self) -> list[str]:
        return [str(self.burst), str(self.per_s), repr(time.time())]

    def _bucket(self, tenant_id: UUID | None, key: str) -> str:
        secret = settings.SECRET_KEY.encode()
        digest = hmac.new(secret, f"{self.name}|{tenant_id}|{key}".encode(), hashlib.sha256).hexdigest()
        return f"limit:{tenant_id or 'all'}:{self.name}:{digest[:32]}"


@cache
def _client() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _async_client() -> Any:
    # One per event loop: a connection belongs to the loop that opened it.
    loop = asyncio.get_running_loop()
    if (client := _async_clients.get(loop)) is None:
        client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
        _async_clients[loop] = client
    return client
