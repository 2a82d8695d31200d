"""Do once for all who ask in the same turn of an event loop what each would do for itself."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Key = TypeVar("Key")
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Key, Asked, Answer]):
    """Gathers what is asked under a key, and answers all of it by one call of `work(key, asked)`.

    Who asks while an answer is on its way is in the next one: an answer never is older than the question.
    """

    def __init__(self, work: Callable[[Key, set[Asked]], Awaitable[Answer]]) -> None:
        self._work = work
        self._loops: WeakKeyDictionary[
            asyncio.AbstractEventLoop, dict[Key, tuple[set[Asked], asyncio.Task[Answer]]]
        ] = WeakKeyDictionary()

    async def ask(self, key: Key, asked: Iterable[Asked]) -> Answer:
        """Return what `work` returned for everything that was asked in this turn, or raise what it raised."""
        gathering = self._loops.setdefault(asyncio.get_running_loop(), {})
        if key not in gathering:
            gathered: set[Asked] = set()
            gathering[key] = gathered, asyncio.create_task(self._answer(gathering, key, gathered))
        wanted, answer = gathering[key]
        wanted.update(asked)
        return await asyncio.shield(answer)

    async def _answer(
        self, gathering: dict[Key, tuple[set[Asked], "asyncio.Task[Answer]"]], key: Key, gathered: set[Asked]
    ) -> Answer:
        del gathering[key]
        return await self._work(key, gathered)
