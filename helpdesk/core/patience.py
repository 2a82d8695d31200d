"""A database or a Valkey that crashed is back in a second: where an outage is met it is waited out for a moment, before
anyone is told (docs/adr/0019). This is for threads; what runs on a loop waits by `tenants.reading`."""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

import redis
from django.db import InterfaceError, OperationalError, connections

AWAY: Final = (OperationalError, InterfaceError, redis.RedisError)
PATIENCE_S: Final = 2.0
AGAIN_AFTER_S: Final = 0.1
# Each of them holds a thread. Whoever comes beyond is told at once.
WAITING_AT_MOST: Final = 64

_places: Final = threading.BoundedSemaphore(WAITING_AT_MOST)
Answer = TypeVar("Answer")


def waiting_out(ask: Callable[[], Answer]) -> Answer:
    """Return what `ask` returns, asking again while what it needs is away. Asked twice it must do no harm.

    Raises:
        django.db.OperationalError, django.db.InterfaceError, redis.RedisError: It is away for longer.
    """
    try:
        return ask()
    except AWAY:
        if not _places.acquire(blocking=False):
            raise
        connections.close_all()
    try:
        return _asked_again(ask)
    finally:
        _places.release()


def _asked_again(ask: Callable[[], Answer]) -> Answer:
    until = time.monotonic() + PATIENCE_S
    while True:
        time.sleep(AGAIN_AFTER_S)
        try:
            return ask()
        except AWAY:
            if time.monotonic() > until:
                raise
            # A connection that broke is of no use to the next attempt.
            connections.close_all()
