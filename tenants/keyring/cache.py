"""Unwrapped keys, kept in this process for a short while."""

import threading
import time
from collections import Counter, OrderedDict
from typing import Final
from uuid import UUID

from helpdesk.core.aead import Cipher

LIFETIME_S: Final = 300.0
# Of an organisation in HIPAA or PCI mode.
SHORT_LIFETIME_S: Final = 60.0
LIMIT: Final = 20_000

# Tenant, contact (none for a key of the tenant), purpose, and which: the version of a tenant's key, the header of what
# a contact's key has sealed, none for the newest.
Which = int | bytes | None
CacheKey = tuple[UUID, UUID | None, str, Which]
_Flat = tuple[int, int, str, Which]


def _flat(key: CacheKey) -> _Flat:
    """Return the key with whole numbers for ids, which compare several times faster."""
    tenant_id, contact_id, purpose, which = key
    return tenant_id.int, 0 if contact_id is None else contact_id.int, purpose, which


class KeyCache:
    """Longest kept first out; an entry lives five minutes at most.

    Every seal and open asks it, so reading takes no lock: a look-up in a dictionary is one step. The busiest caller,
    `Slot.key`, looks into `entries` itself: until when on the monotonic clock, and the cipher.

    A reader notes the organisation's `epoch` before it reads the row. An eviction in between raises the epoch, and
    what was read before it is not kept.
    """

    def __init__(self, lifetime_s: float = LIFETIME_S, limit: int = LIMIT) -> None:
        self._lifetime_s = lifetime_s
        self._limit = limit
        self.entries: OrderedDict[_Flat, tuple[float, Cipher]] = OrderedDict()
        self._evictions: Counter[UUID] = Counter()
        self._clears = 0
        self._lock = threading.Lock()

    def get(self, key: CacheKey) -> Cipher | None:
        entry = self.entries.get(_flat(key))
        if entry is None:
            return None
        if entry[0] < time.monotonic():
            with self._lock:
                self.entries.pop(_flat(key), None)
            return None
        return entry[1]

    def epoch(self, tenant_id: UUID) -> tuple[int, int]:
        """Return what changes with every eviction of the organisation's keys."""
        with self._lock:
            return self._clears, self._evictions[tenant_id]

    def put(
        self,
        key: CacheKey,
        cipher: Cipher,
        *,
        lifetime_s: float | None = None,
        epoch: tuple[int, int] | None = None,
    ) -> None:
        with self._lock:
            if epoch is not None and epoch != (self._clears, self._evictions[key[0]]):
                return
            lifetime_s = self._lifetime_s if lifetime_s is None else lifetime_s
            flat = _flat(key)
            self.entries[flat] = (time.monotonic() + lifetime_s, cipher)
            self.entries.move_to_end(flat)
            while len(self.entries) > self._limit:
                self.entries.popitem(last=False)

    def evict_tenant(self, tenant_id: UUID) -> None:
        """Forget every key of an organisation: at rotation, suspension, closure."""
        with self._lock:
            self._evictions[tenant_id] += 1
            for flat in [flat for flat in self.entries if flat[0] == tenant_id.int]:
                del self.entries[flat]

    def clear(self) -> None:
        with self._lock:
            self._clears += 1
            self.entries.clear()
