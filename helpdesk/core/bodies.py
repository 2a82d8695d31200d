"""How much anybody may send, and how slowly: counted while it comes in, before anything of it is kept.

Django's own handler takes a body whole before a view sees it. A body that is announced or becomes too long is cut off
with 413, one that falters with 408; of files that are being sent, so many at once are taken by a process.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[Any]]

#: What any page may be sent.
PAGE_BYTES: Final = 1024 * 1024
#: What an address that takes a file may be: the largest file, and a line about it.
FILE_BYTES: Final = 25_000_000 + 16 * 1024
TAKES_FILES: Final = re.compile(r"/w/[^/]+/files|/o/[^/]+/conversations/[^/]+/files/")
#: The longest pause within a body, and the longest that all of one may take.
PAUSE_S: Final = 30.0
WHOLE_S: Final = 600.0
#: Files a process takes in at once: each lies in its memory until it is sealed.
AT_ONCE: Final = 8


class _CutOffError(Exception):
    """The rest of a body is not taken; `status` says why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class BodyLimits:
    """Answers in the application's place where a body is too long or too slow."""

    def __init__(
        self, application: Application, *, pause_s: float = PAUSE_S, whole_s: float = WHOLE_S, at_once: int = AT_ONCE
    ) -> None:
        self.application, self.pause_s, self.whole_s, self.at_once = application, pause_s, whole_s, at_once
        self.files = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
        elif TAKES_FILES.fullmatch(scope["path"]) and scope["method"] == "POST":
            await self._file(scope, receive, send)
        else:
            await self._page(scope, receive, send, PAGE_BYTES)

    async def _file(self, scope: Any, receive: Receive, send: Send) -> None:
        if self.files >= self.at_once:
            await _answer(send, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self.files += 1
        try:
            await self._page(scope, receive, send, FILE_BYTES)
        finally:
            self.files -= 1

    async def _page(self, scope: Any, receive: Receive, send: Send, most: int) -> None:
        body = _Body(receive, most, self.pause_s, asyncio.get_running_loop().time() + self.whole_s)
        if body.announced(scope) > most:
            await _answer(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        await self.application(scope, body.receive, send)
        # Django takes what was cut off for somebody who has gone, and answers nothing.
        if body.cut_off is not None:
            await _answer(send, body.cut_off)


class _Body:
    """One request's body on its way in."""

    def __init__(self, receive: Receive, most: int, pause_s: float, until: float) -> None:
        self._receive, self._left, self._pause_s, self._until = receive, most, pause_s, until
        self._is_whole = False
        self.cut_off: HTTPStatus | None = None

    def announced(self, scope: Any) -> int:
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
        return int(length) if length.isdigit() else 0

    async def receive(self) -> Message:
        if self._is_whole or self.cut_off is not None:
            # Whoever waits now waits for the other side to go.
            return await self._receive() if self.cut_off is None else {"type": "http.disconnect"}
        try:
            message = await self._next()
        except _CutOffError as error:
            self.cut_off = error.status
            return {"type": "http.disconnect"}
        self._is_whole = not message.get("more_body", False)
        return message

    async def _next(self) -> Message:
        left_s = self._until - asyncio.get_running_loop().time()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, min(self._pause_s, left_s)))
        except TimeoutError:
            raise _CutOffError(HTTPStatus.REQUEST_TIMEOUT) from None
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _CutOffError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message


async def _answer(send: Send, status: HTTPStatus) -> None:
    body = json.dumps({"error": status.phrase.lower().replace(" ", "_")}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        # What is still on its way is not waited for.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
