from typing import Protocol


class KeyProviderError(Exception):
    """The provider cannot wrap or unwrap: unreachable, refusing, unknown version, or an altered key."""


class ProviderUnreachableError(KeyProviderError):
    """No answer, or none in time: down, throttled, slow. It may answer again by itself."""


class ProviderRefusedError(KeyProviderError):
    """It answered no: the key is disabled, revoked or not ours, or was wrapped for another context."""


class WrongAnswerError(KeyProviderError):
    """It answered with something that is not the key, or not an answer at all."""


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

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a wrapped key is under the newest version of the key-encryption key."""

    def health(self) -> None:
        """Ask whether the key can be used now.

        Raises:
            KeyProviderError: It cannot.
        """
