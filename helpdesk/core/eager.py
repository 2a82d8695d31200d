"""Begin a coroutine at once, without a task, and make one only for what has to wait. (Python 3.12 has eager tasks.)"""

import types
from collections.abc import Coroutine
from typing import Any


def begin(coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, None] | None:
    """Run a coroutine until it first waits; return the rest of it, to be awaited, or None if it came to its end.

    What it raises until then is raised here.
    """
    try:
        waited_for = coroutine.send(None)
    except StopIteration:
        return None
    return _finish(coroutine, waited_for)


async def _finish(coroutine: Coroutine[Any, Any, Any], waited_for: Any) -> None:
    await _rest(coroutine, waited_for)


@types.coroutine
def _rest(coroutine: Coroutine[Any, Any, Any], waited_for: Any) -> Any:
    while True:
        try:
            value = yield waited_for
        except BaseException as error:  # noqa: BLE001 (handed on, a cancellation among them)
            thrown: BaseException | None = error
        else:
            thrown = None
        try:
            waited_for = coroutine.send(value) if thrown is None else coroutine.throw(thrown)
        except StopIteration:
            return
