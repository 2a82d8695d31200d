"""AES-256-GCM over bytes. Pure; with `signatures`, the only importer of `cryptography`.

NIST SP 800-38D. An envelope is `0x01 | key version, u32 big-endian | nonce, 12 bytes | ciphertext and tag`:
33 bytes more than the plaintext. The header is authenticated together with the caller's associated data.
"""

import hmac
import os
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FORMAT: Final = 1
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
HEADER: Final = struct.Struct(">BI")
HEADER_BYTES: Final = HEADER.size
OVERHEAD_BYTES: Final = HEADER_BYTES + NONCE_BYTES + TAG_BYTES
_unpack_header = HEADER.unpack_from
_NONCE_END: Final = HEADER_BYTES + NONCE_BYTES
# Random bytes cost a call into the kernel, so they are fetched for so many nonces at once.
_NONCES_AT_ONCE: Final = 256
_nonces: Final[list[bytes]] = []
_next_nonce = _nonces.pop
# A child process must never seal with what its parent has fetched.
os.register_at_fork(after_in_child=_nonces.clear)


class UnreadableEnvelopeError(Exception):
    """The bytes are no envelope, were altered, or belong to another key or place."""


def new_key() -> bytes:
    """Return 32 random bytes."""
    return os.urandom(KEY_BYTES)


class Cipher:
    """One key of one version. Holds the key schedule, so keep the object rather than the bytes."""

    __slots__ = ("_decrypt", "_encrypt", "_key", "header", "version")

    def __init__(self, key: bytes, version: int) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a key is 32 bytes")
        self.version = version
        # What every envelope of this key begins with.
        self.header: Final = HEADER.pack(FORMAT, version)
        aead = AESGCM(key)
        self._encrypt, self._decrypt = aead.encrypt, aead.decrypt
        self._key = key

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Return an envelope of `plaintext`, bound to `aad`."""
        # The nonce is random, 96 bits (NIST SP 800-38D, 8.2.2): rotate the key long before
        # 2**32 messages, after which a repeated nonce is no longer negligible.
        try:
            nonce = _next_nonce()
        except IndexError:
            nonce = _fetch_nonces()
        header = self.header
        return header + nonce + self._encrypt(nonce, plaintext, header + aad)

    def open(self, envelope: bytes, aad: bytes) -> bytes:
        """Return the plaintext.

        Raises:
            UnreadableEnvelopeError: It is too short, of another version, altered, or bound to another `aad`.
        """
        header = self.header
        if not envelope.startswith(header):
            raise UnreadableEnvelopeError("no envelope, or sealed with another key version")
        try:
            return self._decrypt(envelope[HEADER_BYTES:_NONCE_END], envelope[_NONCE_END:], header + aad)
        except (InvalidTag, ValueError):  # a value error: too short for a nonce
            raise UnreadableEnvelopeError("altered, or not sealed for this place") from None

    def derive(self, label: bytes) -> bytes:
        """Return 32 bytes that follow from the key and a label, for another algorithm (NIST SP 800-108, HMAC)."""
        return hmac.digest(self._key, b"derive|" + label, "sha256")


def _fetch_nonces() -> bytes:
    """Fetch nonces for the next seals, and return one more. Popping is one step, so each goes to one thread only."""
    drawn = os.urandom(NONCE_BYTES * _NONCES_AT_ONCE)
    nonces = [drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES)]
    nonce = nonces.pop()
    _nonces.extend(nonces)
    return nonce


def key_version(envelope: bytes) -> int:
    """Return the version of the key an envelope was sealed with; its header is enough to tell.

    Raises:
        UnreadableEnvelopeError: The bytes are too short or of an unknown format.
    """
    if len(envelope) < HEADER_BYTES:
        raise UnreadableEnvelopeError("too short for an envelope")
    form, version = _unpack_header(envelope)
    if form != FORMAT:
        raise UnreadableEnvelopeError("unknown envelope format")
    return version  # type: ignore[no-any-return]  # an unsigned integer, by its format
