"""An answer in pieces, made as they are read, under either kind of server."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest

Piece = TypeVar("Piece", str, bytes)


def streamed(request: Any, pieces: Iterator[Piece]) -> Iterator[Piece] | AsyncIterator[Piece]:
    """Return the pieces for the server there is: one that is asynchronous would gather all of them first."""
    return _in_turn(pieces) if isinstance(request, ASGIRequest) else pieces


async def _in_turn(pieces: Iterator[Piece]) -> AsyncIterator[Piece]:
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece
