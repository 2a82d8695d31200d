"""A file sealed in chunks: the STREAM construction over AES-256-GCM. Pure; beside `aead` an importer of `cryptography`.

Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance, CRYPTO 2015.

Sealed is `0x01 | prefix, 7 bytes` and chunks of 64 KiB of plaintext, each with its tag. A chunk's nonce is
`prefix | number, u32 big-endian | 1 for the last, else 0`, so that one left out, moved, cut off, added or taken from
another file does not open. A key seals one file.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CHUNK_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
PREFIX_BYTES: Final = 7
FORMAT: Final = b"\x01"
HEADER_BYTES: Final = len(FORMAT) + PREFIX_BYTES
_NONCE: Final = struct.Struct(">7sIB")


class UnreadableFileError(Exception):
    """The file was altered, cut, put together of others, or belongs to another key or place."""


def seal_file(key: bytes, pieces: Iterable[bytes], place: bytes) -> Iterator[bytes]:
    """Yield the file, sealed and bound to its place.

    Args:
        key: 32 bytes that have sealed nothing else.
        pieces: The file, in pieces of any size.
        place: What says whose file it is; the same to open it.
    """
    cipher, header = AESGCM(key), FORMAT + os.urandom(PREFIX_BYTES)
    yield header
    for number, chunk, is_last in _numbered(pieces, CHUNK_BYTES):
        yield cipher.encrypt(_nonce(header, number, is_last=is_last), chunk, header + place)


def open_file(key: bytes, pieces: Iterable[bytes], place: bytes) -> Iterator[bytes]:
    """Yield the file again, chunk by chunk. What was yielded is whole only once this has come to its end.

    Raises:
        UnreadableFileError: Any of it was altered, is missing, too much, or not where it was.
    """
    cipher, sealed = AESGCM(key), iter(pieces)
    header, rest = _header(sealed)
    for number, chunk, is_last in _numbered(_chained(rest, sealed), CHUNK_BYTES + TAG_BYTES):
        try:
            yield cipher.decrypt(_nonce(header, number, is_last=is_last), chunk, header + place)
        except (InvalidTag, ValueError):
            raise UnreadableFileError from None


def _header(sealed: Iterator[bytes]) -> tuple[bytes, bytes]:
    begun = b""
    for piece in sealed:
        begun += piece
        if len(begun) >= HEADER_BYTES:
            break
    if len(begun) < HEADER_BYTES or not begun.startswith(FORMAT):
        raise UnreadableFileError
    return begun[:HEADER_BYTES], begun[HEADER_BYTES:]


def _chained(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _numbered(pieces: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Cut anew into chunks of one size, and tell the last one, which there always is; it may be shorter, or empty."""
    held, number = bytearray(), 0
    for piece in pieces:
        held += piece
        # One chunk is kept back, since only what follows tells that it is not the last.
        while len(held) > size:
            yield number, bytes(held[:size]), False
            del held[:size]
            number += 1
    yield number, bytes(held), True


def _nonce(header: bytes, number: int, *, is_last: bool) -> bytes:
    return _NONCE.pack(header[len(FORMAT) :], number, is_last)
