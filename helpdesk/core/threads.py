"""Run one whole piece of database work in a thread. A tenant's scope never spans an await."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.core.exceptions import SynchronousOnlyOperation

P = ParamSpec("P")
T = TypeVar("T")

# Each keeps its database connection; Channels' own single thread would let one commit wait for another.
THREADS: Final = 8
_pool: Final = ThreadPoolExecutor(THREADS, thread_name_prefix="chat")


async def in_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `work` returns; it opens its own scope."""
    call = database_sync_to_async(work, thread_sensitive=False, executor=_pool)
    result: T = await call(*args, **kwargs)
    return result


async def at_once(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what `work` returns: on the loop if all it needs is in this process, in a thread if it must be looked up.

    Django refuses to ask a database on the loop before anything is sent, so such work may be begun again.
    """
    try:
        return work(*args, **kwargs)
    except SynchronousOnlyOperation:
        return await in_thread(work, *args, **kwargs)
