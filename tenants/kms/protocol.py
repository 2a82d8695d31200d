from typing import Protocol


class KeyProviderError(Exception):
    """The provider cannot wrap or unwrap: unreachable, unknown version, or an altered key."""


class KeyWrapper(Protocol):
    """Wraps keys under a key-encryption key that never leaves it (NIST SP 800-57)."""

    @property
    def name(self) -> str:
        """A short name, stored beside each wrapped key: `local`, `aws`, `vault`."""

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """Return `key` wrapped under the current version and bound to `context`."""

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        """Return the key.

        Raises:
            KeyProviderError: It was wrapped for another context, by an unknown version, or altered.
        """
