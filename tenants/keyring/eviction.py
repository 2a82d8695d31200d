"""Forget unwrapped keys in every process: `key:<tenant>` over Valkey.

Each process that holds keys listens from a thread of its own. While Valkey is away nothing is heard, so when it is
back everything is forgotten; the cache's lifetime is the bound meanwhile.
"""

import atexit
import logging
import os
import threading
import time
from typing import Any, Final
from uuid import UUID

import redis

from helpdesk.core import names, valkey
from tenants.keyring.cache import KeyCache

logger = logging.getLogger(__name__)

CHANNEL: Final = "key"
PAUSE_S: Final = 1.0
# Short of every firewall's patience: a silent connection is asked whether it is still there.
CHECKED_EVERY_S: Final = 15


def tell(tenant_id: UUID) -> None:
    """Let the other processes forget an organisation's keys. With Valkey away they do so by lifetime."""
    try:
        valkey.client().publish(names.channel(CHANNEL, tenant_id), b"")
    except (redis.RedisError, OSError) as error:
        logger.warning("eviction not published", extra={"tenant": tenant_id, "reason": type(error).__name__})


class Listener:
    """Keeps one cache true to what other processes tell."""

    def __init__(self, cache: KeyCache) -> None:
        self._cache = cache
        self._process: int | None = None
        self._lock = threading.Lock()
        self.listening = threading.Event()
        self._ending = False
        atexit.register(self._end)

    def ensure(self) -> None:
        """Start listening once per process; a forked child has no threads and starts its own."""
        if self._process == os.getpid():
            return
        with self._lock:
            if self._process == os.getpid():
                return
            self._process = os.getpid()
            self.listening = threading.Event()
            threading.Thread(target=self._run, name="key-eviction", daemon=True).start()

    def _end(self) -> None:
        """The process ends; that Valkey may go before it is no news."""
        self._ending = True

    def _run(self) -> None:
        while not self._ending:
            client = valkey.new_listener(check_every_s=CHECKED_EVERY_S)
            try:
                with client.pubsub(ignore_subscribe_messages=False) as pubsub:
                    pubsub.psubscribe(names.every_channel(CHANNEL))
                    self._listen(pubsub)
            except (redis.RedisError, OSError) as error:
                if not self._ending:
                    logger.warning("evictions are not heard", extra={"reason": type(error).__name__})
            finally:
                client.close()
            self.listening.clear()
            time.sleep(PAUSE_S)

    def _listen(self, pubsub: Any) -> None:
        while True:
            message = pubsub.get_message(timeout=CHECKED_EVERY_S)
            if message is None:
                continue
            if message["type"] == "psubscribe":
                # Whatever was told before this moment was not heard.
                self._cache.clear()
                self.listening.set()
            elif message["type"] == "pmessage":
                self._forget(message["channel"])

    def _forget(self, channel: bytes) -> None:
        try:
            self._cache.evict_tenant(names.tenant_of(channel.decode()))
        except ValueError:
            self._cache.clear()
