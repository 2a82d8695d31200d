"""The demo's and the tests' own secrets; a production brings its own (see .env.example)."""

import base64
import os
import secrets
from pathlib import Path

from helpdesk.embedded.layout import DataDirectory
from helpdesk.embedded.processes import private_directory


def make_secrets(data: DataDirectory) -> None:
    """Write the signing key and the first key-encryption key, unless they are there."""
    private_directory(data.secret_key_file.parent)
    write_once(data.secret_key_file, secrets.token_urlsafe(50))
    write_once(data.key_encryption_keys_file, new_key_encryption_key(version=1))


def new_key_encryption_key(*, version: int) -> str:
    """One line of KEY_ENCRYPTION_KEYS: the version and 32 random bytes in base64."""
    return f"{version}:{base64.b64encode(os.urandom(32)).decode()}"


def write_once(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all; keep one that is there."""
    if path.exists():
        return
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
        os.fsync(file.fileno())
    draft.rename(path)
