"""Identifiers: time-ordered UUIDs for rows, short references for people."""

import os
import time
from datetime import datetime
from typing import Final
from uuid import UUID

# Crockford's alphabet without I, L, O and U: nothing that is misread aloud.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> UUID:
    """Return a version 7 UUID: 48 bits of Unix milliseconds, then 74 random bits.

    RFC 9562, section 5.7. Ordered by creation to the millisecond, so B-tree inserts stay local.
    """
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def uuid7_at(at: datetime) -> UUID:
    """Return the lowest UUID that a row made at an instant can have: to look for rows by when they were made."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def reference(identifier: UUID) -> str:
    """Return a short name for people, such as `4F2A-9C7K`, from the random end of a UUID.

    It is 40 bits: enough to tell the conversations of one organisation apart, never a key.
    """
    bits = identifier.int & ((1 << 40) - 1)
    letters = [ALPHABET[(bits >> shift) & 31] for shift in range(35, -1, -5)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
