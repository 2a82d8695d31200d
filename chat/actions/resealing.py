"""Seal a contact's messages, and the keys of their files, again under the newest version of their key."""

import logging
from abc import ABC, abstractmethod
from typing import ClassVar, Final
from uuid import UUID

from django.db import connection

from chat.models import Attachment, Message
from helpdesk.core import aead
from tenants.encryption import Slot, resealing
from tenants.keyring import ring
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# The key version stands in the envelope, big-endian, so bytes compare as numbers do.
_SEALED_BEFORE: Final = """
    FROM {table} AS held
    JOIN chat_conversation AS talk ON talk.tenant_id = held.tenant_id AND talk.id = held.conversation_id
    WHERE talk.tenant_id = %s AND talk.contact_id = %s AND substring(held.{column} FROM 2 FOR 4) <= %s
"""
_TAKE: Final = (
    f"SELECT held.id, held.{{column}} {_SEALED_BEFORE} ORDER BY held.id LIMIT %s FOR UPDATE OF held SKIP LOCKED"
)
_ANY: Final = f"SELECT EXISTS (SELECT 1 {_SEALED_BEFORE})"
_PUT: Final = """
    UPDATE {table} AS held SET {column} = given.sealed
    FROM unnest(%s::uuid[], %s::bytea[]) AS given (id, sealed)
    WHERE held.tenant_id = %s AND held.id = given.id
"""


class _InConversations(ABC):
    """What a contact's key seals in one column of a table of rows that belong to their conversations."""

    table: ClassVar[str]
    column: ClassVar[str]

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        contact_id = UUID(subject)
        if ring.contact_cipher(tenant_id, contact_id).version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(self._sql(_TAKE), [tenant_id, contact_id, _header(old_version), limit])
            moved = [
                (row_id, again)
                for row_id, sealed in cursor.fetchall()
                if (again := _sealed_again(self.slot(tenant_id, contact_id, row_id), bytes(sealed))) is not None
            ]
            if moved:
                ids, envelopes = zip(*moved, strict=True)
                cursor.execute(self._sql(_PUT), [[*ids], [*envelopes], tenant_id])
        return len(moved)

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(self._sql(_ANY), [tenant_id, UUID(subject), _header(old_version)])
            return bool(cursor.fetchone()[0])

    @abstractmethod
    def slot(self, tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        """Where a row's envelope lives."""

    def _sql(self, wanted: str) -> str:
        return wanted.format(table=self.table, column=self.column)


class MessagesOfContact(_InConversations):
    """The bodies of the messages."""

    table, column = "chat_message", "body"

    def slot(self, tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        return Message.slot(tenant_id, contact_id, row_id)


class FileKeysOfContact(_InConversations):
    """The keys of the files; the files themselves stay as they are."""

    table, column = "chat_attachment", "key"

    def slot(self, tenant_id: UUID, contact_id: UUID, row_id: UUID) -> Slot:
        return Attachment.slot(tenant_id, contact_id, row_id)


def _header(version: int) -> bytes:
    return version.to_bytes(4, "big")


def _sealed_again(slot: Slot, sealed: bytes) -> bytes | None:
    """Return the new envelope; None for one that does not open, which then keeps its old key alive."""
    try:
        return resealing.renew(slot, sealed)
    except aead.UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": slot.column.decode()})
        return None
