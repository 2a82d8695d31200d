"""A real backup of the content database, restored beside it: what an attacker with an old backup would hold."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from chat.models import Contact, Message
from helpdesk.core.aead import UnreadableEnvelopeError
from helpdesk.embedded.postgres import find_installation
from tenants.encryption import Slot, opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.kms import KeyProviderError

SCRATCH = "hushdesk_restored"


class Stored(NamedTuple):
    """A sealed value as a database holds it: whose it is, of which contact, of which row, in which column."""

    tenant_id: UUID
    contact_id: UUID
    row_id: UUID
    column: str
    sealed: bytes

    @property
    def slot(self) -> Slot:
        if self.column == "body":
            return Message.slot(self.tenant_id, self.contact_id, self.row_id)
        return Contact.slot(self.tenant_id, self.contact_id, self.column)


ROWS = """
    SELECT message.tenant_id, talk.contact_id, message.id, 'body', message.body
    FROM chat_message AS message JOIN chat_conversation AS talk ON talk.id = message.conversation_id
    UNION ALL
    SELECT contact.tenant_id, contact.id, contact.id, detail.name, detail.sealed
    FROM chat_contact AS contact
    CROSS JOIN LATERAL (VALUES ('name', name), ('email', email), ('phone', phone)) AS detail (name, sealed)
    WHERE detail.sealed IS NOT NULL
"""


def dump(superuser_url: str, into: Path) -> Path:
    """Write a backup of the whole content database, as its operator would."""
    command = [find_installation().program("pg_dump"), "-Fc", "-f", into, superuser_url]
    subprocess.run(command, check=True, capture_output=True)
    return into


@contextmanager
def restored(superuser_url: str, backup: Path) -> Iterator[str]:
    """Restore a backup into a scratch database; yields its address."""
    scratch = superuser_url.replace(urlsplit(superuser_url).path, f"/{SCRATCH}_{os.getpid()}", 1)
    name = urlsplit(scratch).path.strip("/")
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {}").format(Identifier(name)))
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            command = [find_installation().program("pg_restore"), "-d", scratch, backup]
            subprocess.run(command, check=True, capture_output=True)
            yield scratch
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def backup_of(superuser_url: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        yield dump(superuser_url, Path(directory) / "content.dump")


def stored_in(superuser_url: str) -> list[Stored]:
    """Return every sealed message and detail of a contact in a database, past row security."""
    with psycopg.connect(superuser_url) as connection:
        return [Stored(*row[:4], bytes(row[4])) for row in connection.execute(ROWS)]


def readable(rows: list[Stored]) -> list[Stored]:
    """Return those that open with the keys there are now."""
    opened = []
    for row in rows:
        try:
            opening.open_sealed(row.slot, row.sealed)
        except (KeyUnavailableError, KeyProviderError, UnreadableEnvelopeError):
            continue
        opened.append(row)
    return opened
