"""What a visitor is told who waits, leaves word, or has been answered. Visitors only."""

from typing import Final, Literal
from uuid import UUID

from chat.protocol.events import Event


class QueueTold(Event):
    """How many wait longer, in numbers alone, and within how many minutes most are answered, as long
    as it has not taken longer.

    Without `before` it waits no more for somebody to take it, or so far behind that no number helps.
    """

    type: Literal["queue.told"] = "queue.told"
    conversation: UUID
    before: int | None = None
    low_min: int | None = None
    high_min: int | None = None
    is_late: bool = False


class ContactGiven(Event):
    """Where the visitor can be reached is kept."""

    type: Literal["contact.given"] = "contact.given"


TranscriptIs = Literal["off", "no_address", "offered", "asked"]


class EndingTold(Event):
    """What can be done with a conversation that is over: rate it by a scale, and have its transcript mailed.

    Without `scale` it is not asked, or not any more; `value` is what was said before.
    """

    type: Literal["ending.told"] = "ending.told"
    conversation: UUID
    scale: Literal["thumbs", "five"] | None = None
    value: int | None = None
    transcript: TranscriptIs


WAITING_EVENTS: Final[tuple[type[Event], ...]] = (QueueTold, ContactGiven, EndingTold)
