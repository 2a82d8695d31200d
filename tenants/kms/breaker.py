"""A provider that does not answer is not asked by everyone: after some failures, only one call tries again."""

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from tenants.kms.protocol import KeyWrapper, ProviderUnreachableError

FAILURES: Final = 3
PAUSE_S: Final = 5.0

T = TypeVar("T")


class Guarded:
    """A wrapper behind a circuit breaker. Refusals are answers and do not count, silence does.

    One breaker per key: an organisation's own provider being away leaves everyone else's alone.
    """

    def __init__(self, inner: KeyWrapper, *, failures: int = FAILURES, pause_s: float = PAUSE_S) -> None:
        self._inner = inner
        self._limit = failures
        self._pause_s = pause_s
        self._failures = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def is_open(self) -> bool:
        """Whether calls are turned away at the moment."""
        return time.monotonic() < self._open_until

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._ask(lambda: self._inner.wrap(key, context))

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        return self._ask(lambda: self._inner.unwrap(wrapped, context))

    def is_current(self, wrapped: bytes) -> bool:
        return self._ask(lambda: self._inner.is_current(wrapped))

    def health(self) -> None:
        """Ask past the breaker: who asks for the health wants to know how it is now."""
        self._inner.health()
        self._succeeded()

    def _ask(self, call: Callable[[], T]) -> T:
        self._enter()
        try:
            answer = call()
        except ProviderUnreachableError:
            self._failed()
            raise
        except Exception:
            self._succeeded()
            raise
        self._succeeded()
        return answer

    def _enter(self) -> None:
        with self._lock:
            now = time.monotonic()
            if now < self._open_until:
                raise ProviderUnreachableError("the key provider did not answer a moment ago")
            if self._failures >= self._limit:
                # This call is the one that tries; the others wait for what it finds.
                self._open_until = now + self._pause_s

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= self._limit:
                self._open_until = time.monotonic() + self._pause_s

    def _succeeded(self) -> None:
        with self._lock:
            self._failures, self._open_until = 0, 0.0
