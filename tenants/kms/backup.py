"""A copy of the local key-encryption keys under a passphrase, to keep apart from the machine.

Text form: `hushdesk-keys-1`, the salt and the envelope, in base64. The passphrase is stretched by scrypt
(RFC 7914) with N = 2^17, r = 8, p = 1: 128 MiB and about half a second.
"""

import base64
import binascii
import hashlib
import os
from typing import Final

from helpdesk.core import aead

HEADING: Final = "hushdesk-keys-1"
SALT_BYTES: Final = 16
MIN_PASSPHRASE: Final = 15
_SCRYPT: Final = {"n": 2**17, "r": 8, "p": 1, "maxmem": 256 * 1024 * 1024, "dklen": aead.KEY_BYTES}


class WeakPassphraseError(Exception):
    """The passphrase is shorter than 15 characters."""


class UnreadableBackupError(Exception):
    """The file is no backup, was altered, or the passphrase is another."""


def seal_backup(keys: str, passphrase: str) -> str:
    """Return the text of a backup file.

    Raises:
        WeakPassphraseError: The passphrase is too short.
    """
    if len(passphrase) < MIN_PASSPHRASE:
        raise WeakPassphraseError(f"use at least {MIN_PASSPHRASE} characters")
    salt = os.urandom(SALT_BYTES)
    sealed = _cipher(passphrase, salt).seal(keys.encode(), HEADING.encode())
    return "\n".join([HEADING, base64.b64encode(salt).decode(), base64.b64encode(sealed).decode(), ""])


def open_backup(backup: str, passphrase: str) -> str:
    """Return the keys as `version:base64` lines.

    Raises:
        UnreadableBackupError: The text or the passphrase is wrong.
    """
    try:
        heading, salt, sealed = backup.split()
        if heading != HEADING:
            raise UnreadableBackupError("not a backup of keys")
        cipher = _cipher(passphrase, base64.b64decode(salt, validate=True))
        return cipher.open(base64.b64decode(sealed, validate=True), HEADING.encode()).decode()
    except (ValueError, binascii.Error, aead.UnreadableEnvelopeError):
        raise UnreadableBackupError("not a backup of keys, or another passphrase") from None


def _cipher(passphrase: str, salt: bytes) -> aead.Cipher:
    return aead.Cipher(hashlib.scrypt(passphrase.encode(), salt=salt, **_SCRYPT), 1)
