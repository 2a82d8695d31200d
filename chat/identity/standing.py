"""How sure one can be of who is at the other end of a conversation, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from django.db.models import Max

from chat.models import Conversation, VisitorSession


class Level(IntEnum):
    """What was shown of who somebody is. What asks for a level is content with a higher one."""

    ANONYMOUS = 0
    #: The organisation's own site has vouched for them.
    SIGNED = 1
    #: They have given a second factor in this conversation.
    PROVEN = 2


@dataclass(frozen=True, slots=True)
class Standing:
    """A level, what it is good for where that is limited, and when it ends; what is anonymous doesn't end."""

    level: Level
    scope: str = ""
    until: datetime | None = None


ANONYMOUS: Final = Standing(Level.ANONYMOUS)


def standing_of(conversation: Conversation, now: datetime) -> Standing:
    """Return how sure one can be of a conversation's visitor. Call it inside the tenant's scope."""
    return standings_of([conversation], now)[conversation.id]


def standings_of(conversations: Sequence[Conversation], now: datetime) -> dict[UUID, Standing]:
    """Return the same for several conversations, by their ids."""
    signed = _signed({each.contact_id for each in conversations}, now)
    return {each.id: signed.get(each.contact_id, ANONYMOUS) for each in conversations}


def _signed(contacts: set[UUID], now: datetime) -> dict[UUID, Standing]:
    """Return the contacts whom a site vouches for. Nobody else speaks as one of them: a session of theirs ends with
    its identity (`chat.actions.identifying`)."""
    held = VisitorSession.objects.filter(contact_id__in=contacts, signed_until__gt=now, expires_at__gt=now)
    until = held.values_list("contact_id").annotate(until=Max("signed_until")).order_by()
    return {contact_id: Standing(Level.SIGNED, until=last) for contact_id, last in until}
