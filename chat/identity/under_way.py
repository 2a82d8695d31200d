"""Reads of what is asked of visitors, and of what they have proven that still counts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chat.models import UNENDED, WAITING, Conversation, ProofRequest


def of_conversation(conversation_id: UUID, now: datetime) -> list[ProofRequest]:
    """Return what is under way in a conversation: what waits first, then what is proven."""
    rows = ProofRequest.objects.filter(conversation_id=conversation_id, state__in=UNENDED, expires_at__gt=now)
    found = rows.select_related("asked_by__user", "tenant")
    return sorted(found, key=lambda proof: not proof.is_waiting)


def marks(conversations: Sequence[Conversation]) -> dict[UUID, str]:
    """Return a text for each conversation that is different when something of its proofs is; none where there is none.

    It begins with "proven" where one counts.
    """
    ids = [each.id for each in conversations]
    rows = ProofRequest.objects.filter(conversation_id__in=ids, state__in=UNENDED).order_by("-state", "id")
    found: dict[UUID, str] = {}
    for conversation_id, state, until in rows.values_list("conversation_id", "state", "expires_at"):
        found[conversation_id] = f"{found.get(conversation_id, '')}{state}{until:%H%M%S}"
    return found


def pinned(contact_id: UUID, session_id: UUID | None, now: datetime) -> ProofRequest | None:
    """Return what is shown in a visitor's chat: what waits, or what this browser has proven and has not put away."""
    rows = ProofRequest.objects.filter(contact_id=contact_id, state__in=UNENDED, expires_at__gt=now, is_pinned=True)
    found = list(rows.order_by("-asked_at", "-id"))
    waiting = [proof for proof in found if proof.state in WAITING]
    own = [proof for proof in found if proof.session_id == session_id]
    return next(iter(waiting + own), None)
