"""Group commit: one transaction for all messages that came during the last one. No timer, so an idle system waits for
nothing.

A batch holds up to 128 messages of any organisations. What it could not store goes by `committer.commit`, each on its
own: a conversation that others held, a repeat, a refusal, and every message of a batch that failed as a whole, such as
one whose repeat another process stored at the same moment.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from chat.delivery import committer, statement
from chat.delivery.sealed import Committed, SealedMessage
from helpdesk.core.threads import in_thread
from tenants.pipelined import Pipeline, Statement

logger = logging.getLogger(__name__)

BATCH: Final = 128

_groups: WeakKeyDictionary[asyncio.AbstractEventLoop, "GroupCommitter"] = WeakKeyDictionary()
_Waiting = tuple[SealedMessage, "asyncio.Future[Committed]"]


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
        self._alone: set[asyncio.Task[None]] = set()

    async def commit(self, sealed: SealedMessage) -> Committed:
        """Store one message together with whatever waits, or find it stored.

        Raises:
            ConversationNotFoundError, ConversationResolvedError, VisitorBlockedError, VisitorGoneError: As
                `committer.commit`.
            django.db.Error: It is not known to be stored; the same message may be sent again.
        """
        future: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self._waiting.append((sealed, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self._arrived.set()
        return await future

    async def _run(self) -> None:
        pipeline = Pipeline()
        try:
            while True:
                await self._arrived.wait()
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                if not self._waiting:
                    self._arrived.clear()
                await self._store(pipeline, *_without_repeats(batch))
        finally:
            await pipeline.close()

    async def _store(self, pipeline: Pipeline, batch: Sequence[_Waiting], repeats: Sequence[_Waiting]) -> None:
        tenants = [list(waiting) for _, waiting in groupby(batch, key=_tenant)]
        wanted: list[Statement] = []
        firsts: list[int] = []
        for waiting in tenants:
            firsts.append(len(wanted))
            messages = [sealed for sealed, _ in waiting]
            wanted += statement.statements(messages[0].draft.tenant_id, messages, passing=True)
        try:
            rows = await pipeline.run(wanted)
        except Exception as error:  # noqa: BLE001 (whatever it is, each message gets its own answer)
            logger.warning("batch not stored", extra={"reason": type(error).__name__, "count": len(batch)})
            self._each_alone(batch)
        else:
            for first, waiting in zip(firsts, tenants, strict=True):
                self._each_alone(_settled(waiting, statement.outcomes(rows[first])))
        self._each_alone(repeats)

    def _each_alone(self, waiting: Iterable[_Waiting]) -> None:
        """Commit row by row: of one conversation in their order, of several at once."""
        by_conversation: defaultdict[UUID, list[_Waiting]] = defaultdict(list)
        for sealed, future in waiting:
            by_conversation[sealed.draft.conversation_id].append((sealed, future))
        for of_one in by_conversation.values():
            task = asyncio.create_task(_commit_alone(of_one))
            self._alone.add(task)
            task.add_done_callback(self._alone.discard)


async def _commit_alone(waiting: Sequence[_Waiting]) -> None:
    for sealed, future in waiting:
        try:
            committed = await in_thread(committer.commit, sealed)
        except Exception as error:  # noqa: BLE001 (whoever posted it is told)
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(committed)


def _settled(waiting: Sequence[_Waiting], outcomes: Sequence[statement.Outcome]) -> list[_Waiting]:
    """Answer those that are stored; return the others."""
    others = []
    for (sealed, future), (outcome, sequence, public_sequence, status) in zip(waiting, outcomes, strict=True):
        if outcome != statement.NEW:
            others.append((sealed, future))
        elif not future.done():
            future.set_result(Committed.now(sealed, sequence, public_sequence, status))
    return others


def _without_repeats(batch: Sequence[_Waiting]) -> tuple[list[_Waiting], list[_Waiting]]:
    """Return a batch by organisation, each in the order of arrival, and apart what it holds a second time."""
    once: dict[tuple[object, ...], _Waiting] = {}
    repeats = [waiting for waiting in batch if once.setdefault(waiting[0].key, waiting) is not waiting]
    return sorted(once.values(), key=_tenant), repeats


def _tenant(waiting: _Waiting) -> int:
    return waiting[0].draft.tenant_id.int
