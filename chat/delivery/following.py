"""What follows a sequence in a conversation, read on the loop, together with what other sockets ask for."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chat.delivery import positions
from chat.delivery.positions import Position
from chat.protocol.relay import PostedEntry
from tenants.pipelined import Statement
from tenants.reading import read

# The bodies only of those that fit into one answer: what does not is asked for again.
_SQL: Final = """
SELECT message.id, message.sequence, message.public_sequence, message.kind, message.author_kind, message.author_id,
    message.client_id, message.posted_at, found.entities, found.starts, found.ends,
    CASE WHEN sized.size <= %(bytes)s OR sized.place = 1 THEN message.body END
FROM (
    SELECT id, sum(octet_length(body)) OVER earlier AS size, row_number() OVER earlier AS place FROM (
        SELECT id, body, {number} FROM chat_message
        WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s AND {number} > %(after)s
        ORDER BY {number} LIMIT %(limit)s
    ) AS next WINDOW earlier AS (ORDER BY {number})
) AS sized
JOIN chat_message AS message ON message.tenant_id = %(tenant)s AND message.id = sized.id
LEFT JOIN LATERAL (
    SELECT array_agg(entity ORDER BY start) AS entities, array_agg(start ORDER BY start) AS starts,
        array_agg("end" ORDER BY start) AS ends
    FROM chat_finding WHERE tenant_id = %(tenant)s AND message_id = message.id
) AS found ON true
ORDER BY sized.place
"""
_ALL: Final = _SQL.format(number="sequence")
_PUBLIC: Final = _SQL.format(number="public_sequence")


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a conversation stands, and its messages after a sequence, oldest first. Not complete: there are more."""

    position: Position
    entries: list[PostedEntry]
    is_complete: bool


async def following(
    tenant_id: UUID, conversation_id: UUID, after: int, *, public: bool, limit: int, most_bytes: int
) -> Followed | None:
    """Return what follows a sequence, in the visitor's numbering if `public`; None if there is no such conversation.

    Args:
        limit: Messages at most.
        most_bytes: Of their envelopes together; one is returned whatever its size.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    facts = {
        "tenant": tenant_id,
        "conversation": conversation_id,
        "after": after,
        "limit": limit + 1,
        "bytes": most_bytes,
    }
    messages = Statement(tenant_id, _PUBLIC if public else _ALL, facts)
    stand, rows = await read(positions.statement(tenant_id, [conversation_id]), messages)
    if not stand:
        return None
    position = Position(*stand[0][1:])
    fitting = [row for row in rows[:limit] if row[-1] is not None]
    entries = [_entry(tenant_id, conversation_id, position.contact_id, row) for row in fitting]
    return Followed(position, entries, len(entries) == len(rows))


def _entry(tenant_id: UUID, conversation_id: UUID, contact_id: UUID, row: tuple[Any, ...]) -> PostedEntry:
    message_id, sequence, public, kind, author_kind, author_id, client_id, at, entities, starts, ends, body = row
    return PostedEntry(
        tenant_id=tenant_id,
        conversation_id=conversation_id,
        contact_id=contact_id,
        message_id=message_id,
        sequence=sequence,
        public_sequence=public,
        kind=kind,
        author_kind=author_kind,
        author_id=author_id,
        client_id=client_id,
        at=at,
        body=bytes(body),
        findings=tuple(zip(entities or (), starts or (), ends or (), strict=True)),
    )
