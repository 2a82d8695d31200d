"""Connections to Valkey: one pool a process for threads, one a loop for coroutines.

Short time-outs: a lost Valkey must be noticed at once, since every caller has an answer for it.
"""

import asyncio
import zlib
from functools import cache
from typing import Any, Final
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_S: Final = 2.0
# Once more at once, for a connection that went stale in the pool; the library's own way waits for seconds.
RETRIES: Final = 1
# A connection that says which library made it reads the package's metadata each time, in milliseconds.
UNNAMED: Final[dict[str, Any]] = {"driver_info": None}

_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()


@cache
def client(url: str = "") -> Any:
    """Return this process's client for threads; of a host that carries messages, if one is named."""
    return redis.Redis.from_url(
        url or settings.REDIS_URL,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), RETRIES),
        **UNNAMED,
    )


def async_client() -> Any:
    """Return the running loop's client; a connection belongs to the loop that opened it."""
    loop = asyncio.get_running_loop()
    if (known := _async_clients.get(loop)) is None:
        known = _async_clients[loop] = redis.asyncio.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=AsyncRetry(NoBackoff(), RETRIES),
            **UNNAMED,
        )
    return known


def new_listener(*, check_every_s: int) -> Any:
    """Return a new client for one thread that waits for what is published; it looks whether the line still stands."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT_S,
        health_check_interval=check_every_s,
        retry=Retry(NoBackoff(), 0),
        **UNNAMED,
    )


def message_host(channel: str) -> str:
    """Return the URL of the host that carries a channel: they share the channels by hash."""
    hosts = settings.MESSAGE_REDIS_URLS
    return str(hosts[zlib.crc32(channel.encode()) % len(hosts)])
