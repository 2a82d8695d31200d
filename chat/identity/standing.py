"""How sure one can be of who is at the other end of a conversation, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef

from chat.models import Conversation, ProofRequest, ProofState, VisitorSession


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
    proven = _proven({each.id for each in conversations}, now)
    signed = _signed({each.contact_id for each in conversations}, now)
    return {each.id: proven.get(each.id) or signed.get(each.contact_id, ANONYMOUS) for each in conversations}


def signed_until(contact_id: UUID, now: datetime, *, known: Standing | None = None) -> datetime | None:
    """Return how long the site vouches for somebody, whatever they have proven besides; None if it does not.

    Args:
        contact_id: Of whom.
        now: When.
        known: Their standing in a conversation, if it was looked up already: it says that too, unless they have proven
            something.
    """
    if known is not None and known.level != Level.PROVEN:
        return known.until
    held = _signed({contact_id}, now).get(contact_id)
    return None if held is None else held.until


def _signed(contacts: set[UUID], now: datetime) -> dict[UUID, Standing]:
    """Return the contacts whom a site vouches for. Nobody else speaks as one of them: a session of theirs ends with
    its identity (`chat.actions.identifying`)."""
    held = VisitorSession.objects.filter(contact_id__in=contacts, signed_until__gt=now, expires_at__gt=now)
    until = held.values_list("contact_id").annotate(until=Max("signed_until")).order_by()
    return {contact_id: Standing(Level.SIGNED, until=last) for contact_id, last in until}


def _proven(conversations: set[UUID], now: datetime) -> dict[UUID, Standing]:
    """Return the conversations in which a proof counts: given, not over, by a browser that is still its visitor's.

    What it is good for is sealed; `chat.small_texts` opens it for who may read it.
    """
    browser = VisitorSession.objects.filter(
        id=OuterRef("session_id"), contact_id=OuterRef("contact_id"), expires_at__gt=now
    )
    counts = ProofRequest.objects.filter(
        Exists(browser), conversation_id__in=conversations, conversation__contact_id=F("contact_id"),
        state=ProofState.PROVEN, expires_at__gt=now,
    )  # fmt: skip
    return {each: Standing(Level.PROVEN, until=until) for each, until in
            counts.values_list("conversation_id", "expires_at")}  # fmt: skip
