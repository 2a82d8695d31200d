"""Work in processes of its own: copies of this one, so that none starts an interpreter and imports it all again."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

from django.db import connections

Answer = TypeVar("Answer")


def forked(work: Callable[..., Answer], each: Sequence[tuple[Any, ...]]) -> list[Answer]:
    """Return what `work` returns for each of these arguments, all at once and each in a process of its own.

    Called while this process has no threads: a copy would have what they hold, and not them.
    """
    # A copy of a connection would talk in the middle of what its original says.
    connections.close_all()
    with ProcessPoolExecutor(len(each), mp_context=multiprocessing.get_context("fork")) as pool:
        return [done.result() for done in [pool.submit(_alone, work, arguments) for arguments in each]]


def _alone(work: Callable[..., Answer], arguments: tuple[Any, ...]) -> Answer:
    try:
        return work(*arguments)
    finally:
        connections.close_all()
