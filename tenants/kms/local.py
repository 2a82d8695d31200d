"""The local provider: 32-byte keys from a file or the environment, in versions."""

import base64
import binascii
import hashlib
from collections.abc import Mapping

from helpdesk.core import aead
from tenants.kms.protocol import ProviderRefusedError


class BadKeyFileError(Exception):
    """KEY_ENCRYPTION_KEYS is not a list of `version:base64` lines; its content is not shown."""


class LocalWrapper:
    """Wraps with AES-256-GCM. Losing the keys loses everything sealed under them: keep a copy apart."""

    name = "local"

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise BadKeyFileError("no key is given")
        self._ciphers = {version: aead.Cipher(key, version) for version, key in keys.items()}
        self._current = self._ciphers[max(keys)]
        self._fingerprints = {version: hashlib.sha256(key).hexdigest()[:16] for version, key in keys.items()}

    @classmethod
    def from_lines(cls, text: str) -> "LocalWrapper":
        """Read `version:base64` lines; the highest version is current.

        Raises:
            BadKeyFileError: A line cannot be read or a key is not 32 bytes.
        """
        keys: dict[int, bytes] = {}
        for line in filter(None, map(str.strip, text.splitlines())):
            version, _, encoded = line.partition(":")
            try:
                keys[int(version)] = base64.b64decode(encoded, validate=True)
            except (ValueError, binascii.Error):
                raise BadKeyFileError("each line must be version:base64") from None
        if any(len(key) != aead.KEY_BYTES for key in keys.values()):
            raise BadKeyFileError("each key must be 32 bytes")
        return cls(keys)

    @property
    def fingerprints(self) -> Mapping[int, str]:
        """Version to the start of the key's SHA-256, to recognise a backup by."""
        return self._fingerprints

    def wrap(self, key: bytes, context: bytes) -> bytes:
        return self._current.seal(key, b"kek|" + context)

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:
        try:
            return self._ciphers[aead.key_version(wrapped)].open(wrapped, b"kek|" + context)
        except (KeyError, aead.UnreadableEnvelopeError):
            raise ProviderRefusedError("the key cannot be unwrapped") from None

    def is_current(self, wrapped: bytes) -> bool:
        try:
            return aead.key_version(wrapped) == self._current.version
        except aead.UnreadableEnvelopeError:
            return False

    def health(self) -> None:
        """The keys are in this process: there is nothing that could be away."""
