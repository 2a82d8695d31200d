"""What the protocol says, over HTTP: an event as JSON, an error with the status that fits it."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from chat.protocol import codec
from chat.protocol.codec import BadFrameError
from chat.protocol.commands import MAX_FRAME_BYTES, Command
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import ErrorReported, Event

STATUSES: Final = {
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.NOT_PERMITTED: HTTPStatus.FORBIDDEN,
    ErrorCode.RESOLVED: HTTPStatus.CONFLICT,
    ErrorCode.BLOCKED: HTTPStatus.CONFLICT,
    ErrorCode.IDENTITY_REQUIRED: HTTPStatus.FORBIDDEN,
    ErrorCode.TOO_LONG: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.TOO_FAST: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.BEING_CHECKED: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


def answer(event: Event, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    """Return an event; nobody may keep it."""
    response = HttpResponse(codec.encode(event), status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def refusal(error: CommandError, client_id: UUID | None) -> HttpResponse:
    """Return why something was not done."""
    told = ErrorReported(code=error.code, client_id=client_id, retry_ms=error.retry_ms, field=error.field)
    response = answer(told, STATUSES.get(error.code, HTTPStatus.BAD_REQUEST))
    if error.retry_ms is not None:
        response["Retry-After"] = str(-(-error.retry_ms // 1000))
    return response


def frame_of(request: HttpRequest, commands: Mapping[str, type[Command]]) -> Command:
    """Return the frame in a request: its body as JSON, or the one field of a plain form.

    Raises:
        BadFrameError: It is none of these commands, or not as it must be.
    """
    if request.content_type == "application/x-www-form-urlencoded":
        return codec.parse(request.POST.get("frame", "")[:MAX_FRAME_BYTES], commands)
    fields_of(request)  # too long, or no object: refused before it is decoded as text
    try:
        return codec.parse(request.body.decode(), commands)
    except UnicodeDecodeError:
        raise BadFrameError(ErrorCode.BAD_FRAME) from None


def fields_of(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object in a request's body.

    Raises:
        BadFrameError: There is none.
    """
    try:
        fields = json.loads(request.body) if len(request.body) <= MAX_FRAME_BYTES else None
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadFrameError(ErrorCode.BAD_FRAME)
    return fields
