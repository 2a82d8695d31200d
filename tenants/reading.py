"""Read for many at once: what is asked while an answer is on its way goes together in the next round trip.

For the few looks that every socket takes: who is there, how far its conversations have come. And for the record of what
it was shown, which goes by a connection of its own, so that no look waits for a disk.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS

from tenants.pipelined import Pipeline, Statement

logger = logging.getLogger(__name__)

TOGETHER: Final = 64

Rows = list[tuple[Any, ...]]
_Asked = tuple[Sequence[Statement], "asyncio.Future[list[Rows]]"]
_readers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, str], "Reader"]] = WeakKeyDictionary()


async def read(*statements: Statement, using: str = DEFAULT_DB_ALIAS) -> list[Rows]:
    """Return the rows of statements of one organisation, read in one transaction of one database.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    return await _reader(using).read(statements)


async def record(*statements: Statement) -> None:
    """Carry out statements of one organisation that write what was done; they return when it is committed.

    Raises:
        psycopg.Error, TimeoutError: It is not known to be written.
    """
    await _reader(DEFAULT_DB_ALIAS, "record").read(statements)


def _reader(using: str, lane: str = "read") -> "Reader":
    loop = asyncio.get_running_loop()
    if (readers := _readers.get(loop)) is None:
        readers = _readers[loop] = {}
    if (reader := readers.get((using, lane))) is None:
        reader = readers[using, lane] = Reader(using)
    return reader


class Reader:
    """Gathers what is asked on one loop."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._waiting: list[_Asked] = []
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def read(self, statements: Sequence[Statement]) -> list[Rows]:
        future: asyncio.Future[list[Rows]] = asyncio.get_running_loop().create_future()
        self._waiting.append((statements, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        self._arrived.set()
        return await future

    async def _run(self) -> None:
        pipeline = Pipeline(self._using)
        try:
            while True:
                await self._arrived.wait()
                batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
                if not self._waiting:
                    self._arrived.clear()
                batch.sort(key=lambda asked: asked[0][0].tenant_id.int)
                if not await _answered(pipeline, batch):
                    for asked in batch:
                        await _answered(pipeline, [asked], is_last=True)
        finally:
            await pipeline.close()


async def _answered(pipeline: Pipeline, batch: Sequence[_Asked], *, is_last: bool = False) -> bool:
    """Answer all of a batch; whether it could be read. If it is the last attempt, tell why not."""
    try:
        rows = iter(await pipeline.run([statement for statements, _ in batch for statement in statements]))
    except Exception as error:  # noqa: BLE001 (whoever asked is told)
        if is_last:
            logger.warning("not read", extra={"reason": type(error).__name__})
            _settle(batch[0][1], error)
        return False
    for statements, future in batch:
        answer = [next(rows) for _ in statements]
        if not future.done():
            future.set_result(answer)
    return True


def _settle(future: "asyncio.Future[list[Rows]]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
