"""What an operator sees of chats, by the operators' role of the database. Messages come by its functions alone, which
let through what an owner has granted; nothing here opens an envelope."""

from collections import defaultdict
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from chat.models import Conversation, ConversationStatus
from chat.protocol.relay import PostedEntry
from tenants.scoping import current_tenant_id

LISTED: Final = 100
#: More than any conversation has.
_ALL: Final = 2**31 - 1
_MESSAGES: Final = """
SELECT id, conversation_id, sequence, public_sequence, kind, author_kind, author_id, client_id, posted_at, body,
    contact_id
FROM support_messages(%s, %s, %s)
"""
_FINDINGS: Final = 'SELECT message_id, entity, start, "end" FROM support_findings(%s::uuid[])'
# Times and counts: all that the role reads of the table.
_COLUMNS: Final = ("id", "tenant", "status", "created_at", "last_message_at", "waiting_since", "last_sequence")


def conversations(status: str) -> list[Conversation]:
    """Return an organisation's conversations in a state, the newest first: times and counts."""
    rows = _rows().filter(status=status, last_sequence__gt=0)
    return list(rows.order_by("-last_message_at", "-id")[:LISTED])


def counts() -> dict[str, int]:
    """Return how many conversations there are in each state."""
    begun = Conversation.objects.filter(last_sequence__gt=0)
    return {status.value: begun.filter(status=status).count() for status in ConversationStatus}


def conversation(conversation_id: UUID) -> Conversation | None:
    """Return a conversation's times and counts."""
    found: Conversation | None = _rows().filter(id=conversation_id).first()
    return found


def entries_before(conversation: Conversation, before: int | None, limit: int) -> list[PostedEntry]:
    """Return the last messages, or those before a sequence, oldest first and sealed; none without a grant in force."""
    tenant_id = current_tenant_id()
    with connection.cursor() as cursor:
        cursor.execute(_MESSAGES, [conversation.id, _ALL if before is None else before, limit])
        rows = list(reversed(cursor.fetchall()))
        cursor.execute(_FINDINGS, [[row[0] for row in rows]])
        findings = defaultdict(list)
        for message_id, *found in cursor.fetchall():
            findings[message_id].append(tuple(found))
    return [
        PostedEntry(
            tenant_id=tenant_id,
            conversation_id=row[1],
            contact_id=row[10],
            message_id=row[0],
            sequence=row[2],
            public_sequence=row[3],
            kind=row[4],
            author_kind=row[5],
            author_id=row[6],
            client_id=row[7],
            at=row[8],
            body=bytes(row[9]),
            findings=tuple(findings[row[0]]),
        )
        for row in rows
    ]


def _rows() -> QuerySet[Conversation]:
    rows: QuerySet[Conversation] = Conversation.objects.only(*_COLUMNS)
    return rows
