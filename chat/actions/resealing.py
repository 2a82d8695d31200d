"""Seal a contact's messages again under the newest version of their key, after the one before was compromised."""

import logging
from typing import Final
from uuid import UUID

from django.db import connection

from chat.models import Message
from helpdesk.core import aead
from tenants.encryption import resealing
from tenants.keyring import ring
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)

# The key version stands in the envelope, big-endian, so bytes compare as numbers do.
_SEALED_BEFORE: Final = """
    FROM chat_message AS message
    JOIN chat_conversation AS talk ON talk.tenant_id = message.tenant_id AND talk.id = message.conversation_id
    WHERE talk.tenant_id = %s AND talk.contact_id = %s AND substring(message.body FROM 2 FOR 4) <= %s
"""
_TAKE: Final = (
    f"SELECT message.id, message.body {_SEALED_BEFORE} ORDER BY message.id LIMIT %s FOR UPDATE OF message SKIP LOCKED"
)
_ANY: Final = f"SELECT EXISTS (SELECT 1 {_SEALED_BEFORE})"
_PUT: Final = """
    UPDATE chat_message AS held SET body = given.body
    FROM unnest(%s::uuid[], %s::bytea[]) AS given (id, body)
    WHERE held.tenant_id = %s AND held.id = given.id
"""


class MessagesOfContact:
    """What a contact's key seals: the bodies of the messages in their conversations."""

    def move(self, tenant_id: UUID, subject: str, old_version: int, *, limit: int) -> int:
        contact_id = UUID(subject)
        if ring.contact_cipher(tenant_id, contact_id).version <= old_version:
            # The cache was filled a moment before the rotation, and the eviction was not heard yet.
            ring.forget_cached_keys(tenant_id)
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(_TAKE, [tenant_id, contact_id, _header(old_version), limit])
            moved = [
                (message_id, again)
                for message_id, body in cursor.fetchall()
                if (again := _sealed_again(tenant_id, contact_id, message_id, bytes(body))) is not None
            ]
            if moved:
                ids, bodies = zip(*moved, strict=True)
                cursor.execute(_PUT, [[*ids], [*bodies], tenant_id])
        return len(moved)

    def remains(self, tenant_id: UUID, subject: str, old_version: int) -> bool:
        with tenant_scope(tenant_id), connection.cursor() as cursor:
            cursor.execute(_ANY, [tenant_id, UUID(subject), _header(old_version)])
            return bool(cursor.fetchone()[0])


def _header(version: int) -> bytes:
    return version.to_bytes(4, "big")


def _sealed_again(tenant_id: UUID, contact_id: UUID, message_id: UUID, body: bytes) -> bytes | None:
    """Return the new envelope; None for one that does not open, which then keeps its old key alive."""
    try:
        return resealing.renew(Message.slot(tenant_id, contact_id, message_id), body)
    except aead.UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"message_id": message_id})
        return None
