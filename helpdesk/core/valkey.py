"""Connections to Valkey: one pool a process for threads, one a loop for coroutines.

Short time-outs: a lost Valkey must be noticed at once, since every caller has an answer for it.
"""

import asyncio
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

_async_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()


@cache
def client() -> Any:
    """Return this process's client for threads."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), RETRIES),
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
        )
    return known


def listening_client() -> Any:
    """Return a new client for coroutines that waits for what is published, and tells at once when it was cut off."""
    return redis.asyncio.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=TIMEOUT_S, retry=AsyncRetry(NoBackoff(), 0)
    )


def new_listener(*, check_every_s: int) -> Any:
    """Return a new client for one thread that waits for what is published; it looks whether the line still stands."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=TIMEOUT_S,
        health_check_interval=check_every_s,
        retry=Retry(NoBackoff(), 0),
    )
