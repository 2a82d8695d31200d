"""Read for many at once: what is asked while an answer is on its way goes together in the next round trip.

For the few looks that every socket takes: who is there, how far its conversations have come.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from tenants.pipelined import Pipeline, Statement

logger = logging.getLogger(__name__)

TOGETHER: Final = 64

Rows = list[tuple[Any, ...]]
_Asked = tuple[Sequence[Statement], "asyncio.Future[list[Rows]]"]
_readers: WeakKeyDictionary[asyncio.AbstractEventLoop, "Reader"] = WeakKeyDictionary()


async def read(*statements: Statement) -> list[Rows]:
    """Return the rows of statements of one organisation, read in one transaction.

    Raises:
        psycopg.Error, TimeoutError: The database does not answer.
    """
    loop = asyncio.get_running_loop()
    if (reader := _readers.get(loop)) is None:
        reader = _readers[loop] = Reader()
    return await reader.read(statements)


class Reader:
    """Gathers what is asked on one loop."""

    def __init__(self) -> None:
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
        pipeline = Pipeline()
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
