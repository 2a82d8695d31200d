"""What the server does before the first request: refuse to run unsafely."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async

from tenants.guard import check_database_role

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
            await sync_to_async(check_database_role)(with_operators=True)
        except Exception as error:
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__ + ": " + str(error)})
            raise
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
