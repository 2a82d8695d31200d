"""What sockets hear and tell of read marks."""

from collections.abc import Container
from uuid import UUID

from chat.actions import reading
from chat.broadcast import Addressed, read_moved
from chat.delivery.hub import Shared
from chat.permissions import Viewer
from chat.protocol import codec
from chat.protocol.commands import MarkRead
from chat.protocol.errors import CommandError, ErrorCode
from chat.protocol.events import ReadMoved
from chat.protocol.relay import ReadNews


async def marked(command: MarkRead, viewer: Viewer, following: Container[UUID]) -> list[Addressed]:
    """Carry out `read.mark` in a conversation that the socket follows, and return what is to be told, and where.

    Raises:
        CommandError: It is not followed.
    """
    if command.conversation not in following:
        raise CommandError(ErrorCode.NOT_FOUND)
    news = await reading.mark_read(
        viewer=viewer, conversation_id=command.conversation, sequence=command.sequence, seen=command.seen
    )
    return [] if news is None else read_moved(news)


def read_frame(news: ReadNews, shared: Shared, *, public: bool) -> str | None:
    """Return what one side is told of the other's reading, and of its own on another screen; made once for each."""
    key = "read-public" if public else "read"
    if key not in shared:
        sequence = news.public_sequence if public else news.sequence
        moved = ReadMoved(conversation=news.conversation_id, by=news.side, sequence=sequence, seen=news.seen)
        # Of a note there is nothing to tell the visitor.
        shared[key] = codec.encode(moved) if sequence else None
    frame: str | None = shared[key]
    return frame
