"""Static files: under hashed names in a deployment, and answered before Django's own handler."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.module_loading import import_string
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage

Message = dict[str, Any]
Application = Callable[[Any, Any, Any], Awaitable[Any]]


class ManifestStorage(CompressedManifestStaticFilesStorage):
    """Static files under hashed names, module imports included, so that they can be cached for good."""

    support_js_module_import_aggregation = True


class StaticFiles:
    """Answers for static files in the application's place, at a small part of its cost: in one visit to a thread.

    They pass the middleware that every answer passes (`settings.OUTER_MIDDLEWARE`), so their headers are those of a
    page. What is no file, or asked for under a host that is not ours, is left to the application, whose errors are
    pages.
    """

    def __init__(self, application: Application) -> None:
        self.application = application
        self.respond: Callable[[HttpRequest], Any] = WhiteNoiseMiddleware(_nothing)
        for name in reversed(settings.OUTER_MIDDLEWARE):
            self.respond = import_string(name)(self.respond)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_ours = scope["type"] == "http" and scope["path"].startswith(settings.STATIC_URL)
        messages = await asyncio.to_thread(self._answer, scope) if is_ours else None
        if messages is None:
            await self.application(scope, receive, send)
            return
        for message in messages:
            await send(message)

    def _answer(self, scope: Any) -> tuple[Message, Message] | None:
        try:
            response = self.respond(ASGIRequest(scope, BytesIO()))
        except (Http404, SuspiciousOperation, UnicodeDecodeError):
            return None
        with closing(response):
            headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
            return (
                {"type": "http.response.start", "status": response.status_code, "headers": headers},
                {"type": "http.response.body", "body": response.getvalue()},
            )


def _nothing(request: HttpRequest) -> HttpResponse:
    raise Http404
