"""Group commit: one transaction for all messages that came during the last one. No timer, so an idle system waits for
nothing.

A batch holds up to 128 messages of any organisations. What it could not store goes by `committer.commit`, each on its
own: a conversation that others held, a refusal, and every message of a batch that failed as a whole, such as one whose
repeat another process stored at the same moment. A repeat of what is stored is answered like what is new: after an
outage clients send everything again of which they have heard nothing. Messages of one conversation never overtake each
other: while some of it go on their own, those that come after them wait behind.

A database that is gone for a moment is waited for: a crash is over in a second, and whoever posted need not know.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from chat.delivery import committer, statement
from chat.delivery.sealed import Committed, SealedMessage
from helpdesk.core.threads import in_thread
from tenants.pipelined import AGAIN_AFTER_S, PATIENCE_S, Pipeline, Statement, is_away

logger = logging.getLogger(__name__)

BATCH: Final = 128

Stored = asyncio.Future[Committed]
_groups: WeakKeyDictionary[asyncio.AbstractEventLoop, "GroupCommitter"] = WeakKeyDictionary()


@dataclass(slots=True, eq=False)
class _Waiting:
    """A message, where its answer goes, and when it came."""

    sealed: SealedMessage
    stored: Stored
    since: float = field(repr=False)


def group() -> "GroupCommitter":
    """Return the committer of the running loop."""
    loop = asyncio.get_running_loop()
    if (known := _groups.get(loop)) is None:
        known = _groups[loop] = GroupCommitter()
    return known


class GroupCommitter:
    """Gathers what sockets post, and commits it."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        # Of conversations whose messages go on their own: those that wait for their turn.
        self._alone: dict[UUID, deque[_Waiting]] = {}
        self._alone_tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()

    def put(self, sealed: SealedMessage) -> Stored:
        """Let a message be stored together with whatever waits, after those put before; return its answer to be.

        It raises ConversationNotFoundError, ConversationResolvedError, VisitorBlockedError, VisitorGoneError,
        ConsentRequiredError as `committer.commit`; django.db.Error, psycopg.Error or TimeoutError: it is not known to
        be stored, and the same message may be sent again.
        """
        waiting = _Waiting(sealed, self._loop.create_future(), self._loop.time())
        self._waiting.append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self._arrived.set()
        return waiting.stored

    async def commit(self, sealed: SealedMessage) -> Committed:
        """Store one message, or find it stored; raise what `put` tells."""
        return await self.put(sealed)

    async def _run(self) -> None:
        pipeline = Pipeline()
        try:
            while True:
                await self._arrived.wait()
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                if not self._waiting:
                    self._arrived.clear()
                await self._store(pipeline, _without_repeats(self._not_behind(batch)))
        finally:
            await pipeline.close()

    def _not_behind(self, batch: list[_Waiting]) -> list[_Waiting]:
        """Let those wait whose conversations' earlier messages go on their own; return the others."""
        if not self._alone:
            return batch
        self._each_alone(one for one in batch if one.sealed.draft.conversation_id in self._alone)
        return [one for one in batch if one.sealed.draft.conversation_id not in self._alone]

    async def _store(self, pipeline: Pipeline, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        tenants = [list(waiting) for _, waiting in groupby(batch, key=_tenant)]
        wanted: list[Statement] = []
        firsts: list[int] = []
        for waiting in tenants:
            firsts.append(len(wanted))
            messages = [one.sealed for one in waiting]
            wanted += statement.statements(messages[0].draft.tenant_id, messages, passing=True)
        try:
            rows = await pipeline.run(wanted)
        except Exception as error:  # noqa: BLE001 (whatever it is, each message gets its own answer)
            logger.warning("batch not stored", extra={"reason": type(error).__name__, "count": len(batch)})
            if is_away(error):
                await self._wait_for_database(batch, error)
            else:
                self._each_alone(batch)
        else:
            for first, waiting in zip(firsts, tenants, strict=True):
                self._each_alone(_settled(waiting, statement.outcomes(rows[first])))

    async def _wait_for_database(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """Put back, in their order, those that have not waited for long, and tell the others."""
        now = self._loop.time()
        for waiting in batch:
            if now - waiting.since > PATIENCE_S and not waiting.stored.done():
                waiting.stored.set_exception(error)
        left = [waiting for waiting in batch if not waiting.stored.done()]
        # What was put first is first of its conversation; between conversations there is no order.
        self._waiting = sorted(left, key=lambda waiting: waiting.since) + self._waiting
        if self._waiting:
            self._arrived.set()
            await asyncio.sleep(AGAIN_AFTER_S)

    def _each_alone(self, waiting: Iterable[_Waiting]) -> None:
        """Commit row by row: of one conversation in their order, of several at once."""
        for one in waiting:
            conversation_id = one.sealed.draft.conversation_id
            if (line := self._alone.get(conversation_id)) is not None:
                line.append(one)
                continue
            self._alone[conversation_id] = deque((one,))
            task = asyncio.create_task(self._commit_alone(conversation_id))
            self._alone_tasks.add(task)
            task.add_done_callback(self._alone_tasks.discard)

    async def _commit_alone(self, conversation_id: UUID) -> None:
        line = self._alone[conversation_id]
        try:
            while line:
                await _store_alone(line.popleft())
        finally:
            del self._alone[conversation_id]


async def _store_alone(waiting: _Waiting) -> None:
    try:
        committed = await in_thread(committer.commit, waiting.sealed)
    except Exception as error:  # noqa: BLE001 (whoever posted it is told)
        if not waiting.stored.done():
            waiting.stored.set_exception(error)
    else:
        if not waiting.stored.done():
            waiting.stored.set_result(committed)


def _settled(batch: Sequence[_Waiting], outcomes: Sequence[statement.Outcome]) -> list[_Waiting]:
    """Answer those that are stored; return the others."""
    others = []
    for waiting, found in zip(batch, outcomes, strict=True):
        if waiting.stored.done():
            continue
        if found.stored is not None:
            waiting.stored.set_result(Committed.before(waiting.sealed.draft, found.stored, found.status))
        elif found.outcome == statement.NEW:
            now = Committed.now(waiting.sealed, found.sequence, found.public_sequence, found.status)
            waiting.stored.set_result(now)
        else:
            others.append(waiting)
    return others


def _without_repeats(batch: Sequence[_Waiting]) -> list[_Waiting]:
    """Return a batch by organisation, each in the order of arrival; what it holds twice gets the same answer twice."""
    once: dict[tuple[object, ...], _Waiting] = {}
    for waiting in batch:
        if (first := once.setdefault(waiting.sealed.key, waiting)) is not waiting:
            first.stored.add_done_callback(partial(_answer_again, waiting))
    return sorted(once.values(), key=_tenant)


def _answer_again(waiting: _Waiting, first: Stored) -> None:
    if waiting.stored.done() or first.cancelled():
        return
    if (error := first.exception()) is not None:
        waiting.stored.set_exception(error)
    else:
        waiting.stored.set_result(first.result().again())


def _tenant(waiting: _Waiting) -> int:
    return waiting.sealed.draft.tenant_id.int
