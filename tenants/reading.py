"""Read for many at once: what is asked while an answer is on its way goes together in the next round trip.

For the few looks that every socket takes: who is there, how far its conversations have come. And for what it writes
beside messages, the record of what it was shown and how far it has read: by a connection of its own, so that no look
waits for a disk.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS

from tenants.pipelined import AGAIN_AFTER_S, PATIENCE_S, Pipeline, Statement, is_away

logger = logging.getLogger(__name__)

TOGETHER: Final = 64

Rows = list[tuple[Any, ...]]
_readers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], "Reader"]] = WeakKeyDictionary()


async def read(*statements: Statement, using: str = DEFAULT_DB_ALIAS) -> list[Rows]:
    """Return the rows of statements of one organisation, read in one transaction of one database.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    return await _reader(using).read(statements)


async def write(*statements: Statement) -> list[Rows]:
    """Carry out statements of one organisation that write; return their rows when they are committed.

    They may be carried out a second time after a lost connection, so a repeat must do no harm.

    Raises:
        psycopg.Error, TimeoutError: They are not known to be written.
    """
    return await _reader(DEFAULT_DB_ALIAS, "write").read(statements)


def _reader(using: str, lane: str = "read") -> "Reader":
    loop = asyncio.get_running_loop()
    if (readers := _readers.get(loop)) is None:
        readers = _readers[loop] = {}
    if (reader := readers.get((using, lane))) is None:
        reader = readers[using, lane] = Reader(using)
    return reader


@dataclass(slots=True, eq=False)
class _Asked:
    """What somebody wants to read, where the answer goes, and when they asked."""

    statements: Sequence[Statement]
    answer: "asyncio.Future[list[Rows]]"
    since: float


class Reader:
    """Gathers what is asked on one loop. A database that is gone for a moment is waited for."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._waiting: list[_Asked] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def read(self, statements: Sequence[Statement]) -> list[Rows]:
        asked = _Asked(statements, self._loop.create_future(), self._loop.time())
        self._waiting.append(asked)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self._arrived.set()
        return await asked.answer

    async def _run(self) -> None:
        pipeline = Pipeline(self._using)
        try:
            while True:
                await self._arrived.wait()
                batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                if not self._waiting:
                    self._arrived.clear()
                batch.sort(key=lambda asked: asked.statements[0].tenant_id.int)
                if (error := await _answered(pipeline, batch)) is not None:
                    await self._again(pipeline, batch, error)
        finally:
            await pipeline.close()

    async def _again(self, pipeline: Pipeline, batch: Sequence[_Asked], error: Exception) -> None:
        """Ask for each alone, unless there is nobody to ask: then for all once more, as long as they have patience."""
        if not is_away(error):
            for asked in batch:
                if (own := await _answered(pipeline, [asked])) is not None:
                    _refuse(asked, own)
            return
        now = self._loop.time()
        for asked in batch:
            if now - asked.since > PATIENCE_S:
                _refuse(asked, error)
        self._waiting = [asked for asked in batch if not asked.answer.done()] + self._waiting
        if self._waiting:
            self._arrived.set()
            await asyncio.sleep(AGAIN_AFTER_S)


async def _answered(pipeline: Pipeline, batch: Sequence[_Asked]) -> Exception | None:
    """Answer all of a batch; return why it could not be read."""
    try:
        rows = iter(await pipeline.run([statement for asked in batch for statement in asked.statements]))
    except Exception as error:  # noqa: BLE001 (whoever asked is told)
        return error
    for asked in batch:
        answer = [next(rows) for _ in asked.statements]
        if not asked.answer.done():
            asked.answer.set_result(answer)
    return None


def _refuse(asked: _Asked, error: Exception) -> None:
    logger.warning("not read", extra={"reason": type(error).__name__})
    if not asked.answer.done():
        asked.answer.set_exception(error)
