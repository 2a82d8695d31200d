"""How far conversations have come: asked by sockets when they open and at each heartbeat, by the hub after a loss."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tenants.pipelined import Statement
from tenants.reading import read

_SQL: Final = """
SELECT talk.id, talk.contact_id, talk.status, talk.last_sequence, talk.last_public_sequence,
    coalesce(visitor.sequence, 0), coalesce(visitor.public_sequence, 0),
    coalesce(team.sequence, 0), coalesce(team.public_sequence, 0),
    EXISTS (
        SELECT FROM chat_contact AS person
        WHERE person.tenant_id = talk.tenant_id AND person.id = talk.contact_id AND person.restricted_at IS NOT NULL
    )
FROM chat_conversation AS talk
LEFT JOIN chat_readmark AS visitor ON visitor.tenant_id = talk.tenant_id AND visitor.conversation_id = talk.id
    AND visitor.side = 'visitor'
LEFT JOIN chat_readmark AS team ON team.tenant_id = talk.tenant_id AND team.conversation_id = talk.id
    AND team.side = 'team'
WHERE talk.tenant_id = %(tenant)s AND talk.id = ANY(%(ids)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a conversation stands, and how far each side has read, in both numberings."""

    contact_id: UUID
    status: str
    last_sequence: int
    last_public_sequence: int
    visitor_read: int
    visitor_read_public: int
    team_read: int
    team_read_public: int
    #: What is kept of its visitor is not to be used.
    is_restricted: bool = False


async def positions(tenant_id: UUID, ids: Iterable[UUID]) -> dict[UUID, Position]:
    """Return where conversations of an organisation stand; ids of others are passed over in silence.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    wanted = list(ids)
    if not wanted:
        return {}
    [rows] = await read(statement(tenant_id, wanted))
    return {row[0]: Position(*row[1:]) for row in rows}


def statement(tenant_id: UUID, ids: list[UUID]) -> Statement:
    """Return the statement whose rows are an id and what makes a `Position`."""
    return Statement(tenant_id, _SQL, {"tenant": tenant_id, "ids": ids})


def of_contact(known: Mapping[UUID, Position], contact_id: UUID | None) -> dict[UUID, Position]:
    """Return those that are one contact's own."""
    return {key: position for key, position in known.items() if position.contact_id == contact_id}
