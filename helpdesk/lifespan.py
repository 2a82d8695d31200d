"""What the server does before the first request: refuse to run unsafely."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from asgiref.sync import sync_to_async
from django.db import OperationalError, connections

from tenants.guard import check_database_role

# Whoever starts together with a database, or while it recovers from a crash, waits rather than starts all over.
PATIENCE_S: Final = 20.0
AGAIN_AFTER_S: Final = 0.2

ASGIApp = Callable[[Any, Any, Any], Awaitable[Any]]


class Lifespan:
    """Answers the ASGI lifespan protocol around an application.

    A database role that could see past row security fails the start-up. A server without lifespan support
    (Daphne) is covered by the readiness page, which makes the same check.
    """

    def __init__(self, application: ASGIApp) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self.application(scope, receive, send)
            return
        await receive()
        try:
            await _check()
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__ + ": " + str(error)})
            raise
        # What was made until now stays: looking through it for garbage would hold every socket up for some 75 ms.
        gc.collect()
        gc.freeze()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})


async def _check() -> None:
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            await sync_to_async(_look)()
        except OperationalError:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(AGAIN_AFTER_S)
        else:
            return


def _look() -> None:
    try:
        check_database_role(with_operators=True)
    except OperationalError:
        connections.close_all()
        raise
