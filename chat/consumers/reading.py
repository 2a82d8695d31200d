"""What sockets tell of read marks."""

from chat.delivery.hub import Shared
from chat.protocol import codec
from chat.protocol.events import ReadMoved
from chat.protocol.relay import ReadNews


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
