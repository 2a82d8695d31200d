"""What is true for whoever waits to be answered first: how many were there before, and how long it usually takes."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from chat import business_hours
from chat.models import Conversation
from chat.protocol.waiting_events import QueueTold
from helpdesk.core import clock
from helpdesk.core.threads import in_thread
from helpdesk.core.together import Together
from tenants.scoping import tenant_scope

# Whoever waits behind so many is told that there are more.
LONGEST: Final = 200
QUEUE_LIVES_S: Final = 1.0
USUAL_LIVES_S: Final = 60.0
KEPT: Final = 10_000
# Of which times the estimate is made: the newest of so many days, as many as that at most, and at least so many.
MEASURED: Final = timedelta(days=14)
MOST: Final = 200
FEWEST: Final = 12
# Without an answer for so long: it counts as one that took for ever.
GIVEN_UP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits: by conversation their place and since when. `usual`: in how many minutes most are answered, from and
    to; None if not known. `at`: when this was so."""

    places: Mapping[UUID, tuple[int, datetime]]
    usual: tuple[int, int] | None
    at: datetime

    def told(self, conversation_id: UUID) -> QueueTold:
        """Return what is told of one conversation; that it is the visitor's own is seen before."""
        if conversation_id not in self.places:
            return QueueTold(conversation=conversation_id)
        before, since = self.places[conversation_id]
        is_late = self.usual is not None and self.at - since > timedelta(minutes=self.usual[1])
        low, high = (None, None) if self.usual is None or is_late else self.usual
        return QueueTold(conversation=conversation_id, before=before, low_min=low, high_min=high, is_late=is_late)


_queues: dict[UUID, tuple[float, Queue]] = {}
_usual: dict[UUID, tuple[float, tuple[int, int] | None]] = {}


def usual_wait(waits: Sequence[timedelta | None]) -> tuple[int, int] | None:
    """Return within how many minutes the middle three fifths were answered, rounded outwards. Pure.

    None where too few are known, or so many were never answered (None among `waits`) that it can't be said. An answer
    that never came makes the range longer; leaving it out would make a promise of those who were lucky.
    """
    if len(waits) < FEWEST:
        return None
    minutes = sorted(math.inf if wait is None else max(wait.total_seconds(), 0) / 60 for wait in waits)
    low, high = minutes[len(minutes) // 5], minutes[len(minutes) * 4 // 5]
    if math.isinf(high):
        return None
    return math.floor(low), max(math.ceil(high), math.floor(low) + 1)


async def queue(tenant_id: UUID) -> Queue:
    """Return who waits in an organisation, known for a second.

    Raises:
        django.db.Error: The database does not answer.
    """
    known = _queues.get(tenant_id)
    if known is None or time.monotonic() > known[0]:
        return await _asked.ask(tenant_id, ())
    return known[1]


def queue_now(tenant_id: UUID) -> Queue:
    """Return the same as it is now, in a thread."""
    return _queue(tenant_id, clock.now())


def forget() -> None:
    """Ask again for what was known of queues."""
    _queues.clear()
    _usual.clear()


async def _ask(tenant_id: UUID, _: set[None]) -> Queue:
    found = await in_thread(_queue, tenant_id, clock.now())
    if len(_queues) > KEPT:
        _queues.clear()
        _usual.clear()
    _queues[tenant_id] = time.monotonic() + QUEUE_LIVES_S, found
    return found


# When one is taken, all who wait ask in the same moment.
_asked: Final[Together[UUID, None, Queue]] = Together(_ask)


def _queue(tenant_id: UUID, now: datetime) -> Queue:
    with tenant_scope(tenant_id):
        waiting = Conversation.objects.begun().open().unassigned().exclude(waiting_since=None)
        rows = waiting.order_by("waiting_since", "id").values_list("id", "waiting_since")[:LONGEST]
        places = {each: (place, since or now) for place, (each, since) in enumerate(rows)}
        return Queue(places, _known_usual(tenant_id, now), now)


def _known_usual(tenant_id: UUID, now: datetime) -> tuple[int, int] | None:
    known = _usual.get(tenant_id)
    if known is None or time.monotonic() > known[0]:
        known = _usual[tenant_id] = time.monotonic() + USUAL_LIVES_S, usual_wait(_measured(now))
    return known[1]


def _measured(now: datetime) -> list[timedelta | None]:
    """Of conversations that began while the organisation was there: how long until the first answer."""
    hours = business_hours.in_force(now=now)
    recent: QuerySet[Conversation] = Conversation.objects.begun().filter(created_at__gt=now - MEASURED)
    rows = recent.order_by("-created_at").values_list("created_at", "first_reply_at")[:MOST]
    return [
        None if answered is None else answered - begun
        for begun, answered in rows
        # Whoever came to a closed door did not wait in a queue; who came just now may be answered yet.
        if (hours is None or hours.is_open(begun)) and (answered is not None or now - begun > GIVEN_UP)
    ]
