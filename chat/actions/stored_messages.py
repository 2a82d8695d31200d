"""Stored messages as a re-scan and a count read them: whole conversations in order, with what stands before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.db import connection

from compliance.masking.window import REMEMBERED
from tenants.scoping import current_tenant_id

# Conversation and sequence: where a walk through an organisation's messages stands.
Position = tuple[UUID, int]
BEGINNING: Final[Position] = (UUID(int=0), 0)

_ROWS: Final = """
    SELECT message.id, message.conversation_id, talk.contact_id, message.sequence, message.author_kind,
           message.posted_at, message.body, message.masked_with
    FROM chat_message AS message
    JOIN chat_conversation AS talk ON talk.tenant_id = message.tenant_id AND talk.id = message.conversation_id
"""
_ORDER: Final = " ORDER BY message.conversation_id, message.sequence "
# Never waits: what a post or a purge holds is left to the next pass.
_LOCK: Final = " FOR UPDATE OF message SKIP LOCKED"
_AFTER: Final = " WHERE message.tenant_id = %s AND (message.conversation_id, message.sequence) > (%s, %s)"
_OUTDATED: Final = f"{_ROWS}{_AFTER} AND message.masked_with < %s{_ORDER}LIMIT %s{_LOCK}"
_ALL: Final = f"{_ROWS}{_AFTER}{_ORDER}LIMIT %s"
_RECENT: Final = f"""{_ROWS} WHERE message.tenant_id = %s AND message.id > %s AND message.id <= %s
    ORDER BY message.id LIMIT %s"""
_NEAR: Final = f"""{_ROWS}
    JOIN unnest(%s::uuid[], %s::int[], %s::int[]) AS near (conversation_id, first, last)
      ON near.conversation_id = message.conversation_id AND message.sequence BETWEEN near.first AND near.last
    WHERE message.tenant_id = %s AND message.id <> ALL(%s)"""


@dataclass(slots=True)
class StoredMessage:
    """A message with its sealed text."""

    id: UUID
    conversation_id: UUID
    contact_id: UUID
    sequence: int
    author_kind: str
    posted_at: datetime
    body: bytes
    masked_with: int


@dataclass(frozen=True, slots=True)
class Batch:
    """The messages that are due, and threads that hold them with their neighbours, each in order."""

    due: list[StoredMessage]
    threads: list[list[StoredMessage]]

    @property
    def due_ids(self) -> set[UUID]:
        return {message.id for message in self.due}

    @property
    def contacts(self) -> set[UUID]:
        return {message.contact_id for message in self.due}


def outdated(number: int, *, after: Position, limit: int) -> Batch:
    """Return up to `limit` messages that rule sets before `number` scanned, locked, beyond a position."""
    due = _fetched(_OUTDATED, [current_tenant_id(), *after, number, limit])
    return _with_neighbours(due, lock=True)


def every(*, after: Position, limit: int) -> Batch:
    """Return up to `limit` messages beyond a position, to be read only."""
    return _with_neighbours(_fetched(_ALL, [current_tenant_id(), *after, limit]), lock=False)


def recent(*, after: UUID, until: UUID, limit: int) -> Batch:
    """Return up to `limit` messages by the time they were made, which is in their ids; to be read only."""
    return _with_neighbours(_fetched(_RECENT, [current_tenant_id(), after, until, limit]), lock=False)


def _with_neighbours(due: list[StoredMessage], *, lock: bool) -> Batch:
    """Add the messages shortly before: a number may be split over several, and a question stand before its answer."""
    reaches = list(_reaches(due))
    near: list[StoredMessage] = []
    if reaches:
        columns = [list(column) for column in zip(*reaches, strict=True)]
        near = _fetched(_NEAR + _LOCK * lock, [*columns, current_tenant_id(), [message.id for message in due]])
    rows = sorted([*due, *near], key=lambda message: (message.conversation_id, message.sequence))
    threads = [list(thread) for _, thread in groupby(rows, key=lambda message: message.conversation_id)]
    return Batch(due, threads)


def _reaches(due: Iterable[StoredMessage]) -> Iterable[tuple[UUID, int, int]]:
    """For each conversation with messages that are needed and not due: between which sequences they stand."""
    sequences: defaultdict[UUID, list[int]] = defaultdict(list)
    for message in due:
        sequences[message.conversation_id].append(message.sequence)
    for conversation_id, known in sequences.items():
        first, last = min(known), max(known)
        begin = max(1, first - REMEMBERED)
        # Without a gap only what stands before is missing; of a whole conversation nothing is.
        end = first - 1 if last - first + 1 == len(known) else last
        if begin <= end:
            yield conversation_id, begin, end


def _fetched(sql: str, parameters: Sequence[Any]) -> list[StoredMessage]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [StoredMessage(*row) for row in cursor.fetchall()]
