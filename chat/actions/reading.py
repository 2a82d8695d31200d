"""Move how far one side has read. Nothing is kept but two numbers; who has read, and when, is not.

One statement, from a socket carried out together with other sockets': everyone who looks at a conversation sends one.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from chat import permissions
from chat.delivery.sealed import ConversationNotFoundError
from chat.permissions import Viewer, Visitor
from chat.protocol.relay import ReadNews
from helpdesk.core.ids import uuid7
from tenants.pipelined import Statement
from tenants.reading import write
from tenants.scoping import tenant_scope

# The place in both numberings is that of the last message there is, if the client claims a later one. Of two tabs that
# are the first at once, the second moves the row that the first has made, or finds it as far.
_MARK: Final = """
WITH talk AS (
    SELECT id, assignee_id FROM chat_conversation
    WHERE tenant_id = %(tenant)s AND id = %(conversation)s
    AND (%(contact)s::uuid IS NULL OR contact_id = %(contact)s::uuid)
), reached AS (
    {reached}
), moved AS (
    INSERT INTO chat_readmark AS mark (id, tenant_id, conversation_id, side, sequence, public_sequence)
    SELECT %(id)s::uuid, %(tenant)s::uuid, talk.id, %(side)s::text, reached.sequence, reached.public_sequence
    FROM talk, reached WHERE %(seen)s::bool AND reached.sequence > 0 AND {answers}
    ON CONFLICT ON CONSTRAINT read_mark_one_a_side DO UPDATE
    SET sequence = excluded.sequence, public_sequence = excluded.public_sequence
    WHERE mark.sequence < excluded.sequence
    RETURNING mark.sequence
)
SELECT reached.sequence, reached.public_sequence, {answers} AND (NOT %(seen)s::bool OR EXISTS (SELECT FROM moved))
FROM talk, reached
"""
_OF_CONVERSATION: Final = "FROM chat_message WHERE tenant_id = %(tenant)s AND conversation_id = %(conversation)s "
_VISITORS: Final = _MARK.format(
    answers="true",
    reached=f"""
    SELECT coalesce(max(sequence), 0)::int AS sequence, coalesce(max(public_sequence), 0)::int AS public_sequence FROM (
        SELECT sequence, public_sequence {_OF_CONVERSATION} AND public_sequence <= %(sequence)s::int
        ORDER BY public_sequence DESC LIMIT 1
    ) AS last""",  # noqa: S608 (columns of our own tables; every value is a parameter)
)
# Who looks over a colleague's shoulder moves nothing: "seen" tells the visitor that whoever answers has seen it.
_TEAMS: Final = _MARK.format(
    answers="(talk.assignee_id IS NULL OR talk.assignee_id = %(member)s::uuid)",
    reached=f"""
    SELECT coalesce((
        SELECT sequence {_OF_CONVERSATION} AND sequence <= %(sequence)s::int ORDER BY sequence DESC LIMIT 1
    ), 0)::int AS sequence, coalesce((
        SELECT public_sequence {_OF_CONVERSATION} AND sequence <= %(sequence)s::int AND public_sequence IS NOT NULL
        ORDER BY sequence DESC LIMIT 1
    ), 0)::int AS public_sequence""",
)


async def mark_read(*, viewer: Viewer, conversation_id: UUID, sequence: int, seen: bool) -> ReadNews | None:
    """Set how far a viewer's side has come, and return what the others are told; None if nothing has moved.

    A mark moves forward only, and never past what is there. Who may not answer, or looks over a colleague's shoulder,
    moves nothing.

    Args:
        sequence: The last message shown, in the viewer's own numbering.
        seen: Whether a person looked at it; if not, it has reached their device, which is told and not stored.

    Raises:
        ConversationNotFoundError: There is none, or it is not this visitor's.
        psycopg.Error, TimeoutError: The database does not answer; the same mark may be sent again.
    """
    wanted = _statement(viewer, conversation_id, sequence, seen)
    if wanted is None:
        return None
    [rows] = await write(wanted)
    return _news(viewer, conversation_id, rows, seen)


def mark_read_now(*, viewer: Viewer, conversation_id: UUID, sequence: int, seen: bool) -> ReadNews | None:
    """Do the same from a thread.

    Raises:
        ConversationNotFoundError: As `mark_read`.
    """
    wanted = _statement(viewer, conversation_id, sequence, seen)
    if wanted is None:
        return None
    with tenant_scope(viewer.tenant_id), connection.cursor() as cursor:
        cursor.execute(wanted.sql, wanted.parameters)
        rows = cursor.fetchall()
    return _news(viewer, conversation_id, rows, seen)


def _statement(viewer: Viewer, conversation_id: UUID, sequence: int, seen: bool) -> Statement | None:
    """Return what moves the mark; None for who may not answer."""
    facts = {
        "tenant": viewer.tenant_id,
        "conversation": conversation_id,
        "contact": None,
        "id": uuid7(),
        "side": _side(viewer),
        "sequence": sequence,
        "seen": seen,
    }
    if isinstance(viewer, Visitor):
        if viewer.contact_id is None:
            raise ConversationNotFoundError
        return Statement(viewer.tenant_id, _VISITORS, facts | {"contact": viewer.contact_id})
    if not permissions.may_answer(viewer):
        return None
    return Statement(viewer.tenant_id, _TEAMS, facts | {"member": viewer.id})


def _news(viewer: Viewer, conversation_id: UUID, rows: Sequence[tuple[Any, ...]], seen: bool) -> ReadNews | None:
    if not rows:
        raise ConversationNotFoundError
    reached, public, is_told = rows[0]
    if not (reached and is_told):
        return None
    return ReadNews(viewer.tenant_id, conversation_id, _side(viewer), reached, public, seen)


def _side(viewer: Viewer) -> Literal["visitor", "team"]:
    return "visitor" if isinstance(viewer, Visitor) else "team"
