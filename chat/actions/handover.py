"""Give conversations that wait for somebody who is not there back to the queue, and tell the visitor so."""

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.conf import settings

from chat import presence, teams
from chat.actions import activities
from chat.actions.assignment import hand_over
from chat.actions.conversations import locked
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import Assignment, Availability, Conversation, Status
from compliance.masking import MaskingError
from tenants.actors import Actor
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.scoping import tenant_scope
from tenants.training import lapsed_members

logger = logging.getLogger(__name__)


def somebody_waits(tenant_id: UUID) -> bool:
    """Whether anybody waits for a member in an organisation: a look at the few rows of an index of their own."""
    with tenant_scope(tenant_id):
        waiting = Conversation.objects.begun().open().exclude(waiting_since=None).exclude(assignee=None)
        return bool(waiting.exists())


def hand_over_waiting(*, tenant_id: UUID, now: datetime) -> int:
    """Pass on every conversation that waits for a member who has been gone for the grace time: to who of its team is
    there, else to the queue.

    Each has a transaction of its own and is looked at again under its lock: an answer, another assignment or the
    member's return in the last moment keeps it. A second run finds nothing left to do.

    Returns:
        How many were put back.

    Raises:
        redis.RedisError: Valkey does not answer, so nobody can be said to be gone.
    """
    with tenant_scope(tenant_id):
        waiting = Conversation.objects.begun().open().exclude(waiting_since=None).exclude(assignee=None)
        held = list(waiting.order_by("waiting_since").values_list("id", "assignee_id"))
        absent = _absent(tenant_id, {assignee for _, assignee in held}, now)
    return sum(_hand_over_one(tenant_id, one, now) for one, assignee in held if assignee in absent)


def _absent(tenant_id: UUID, members: set[UUID], now: datetime) -> set[UUID]:
    """Those who have given no sign, have chosen to be offline, or lack a course they need, for the grace time."""
    if not members:
        return set()
    grace = timedelta(seconds=settings.AGENT_GRACE_S)
    signs = presence.signs(tenant_id)
    presence.expect_sign(tenant_id, members - signs.keys(), now=now)
    left = Availability.objects.filter(
        membership_id__in=members, status=Status.OFFLINE, changed_at__lte=now - grace
    ).values_list("membership_id", flat=True)
    silent_since = (now - grace).timestamp()
    silent = {member for member in members if signs.get(member, silent_since + 1) <= silent_since}
    return silent | set(left) | (lapsed_members(before=now - grace) & members)


def _hand_over_one(tenant_id: UUID, conversation_id: UUID, now: datetime) -> bool:
    with tenant_scope(tenant_id):
        try:
            conversation = locked(conversation_id)
        except ConversationNotFoundError:
            return False
        holder = conversation.assignee
        if holder is None or not conversation.is_open or conversation.waiting_since is None:
            return False
        if holder.id not in _absent(tenant_id, {holder.id}, now):
            return False
        held = Assignment.objects.filter(conversation=conversation, ended_at=None).first()
        hand_over(conversation, _next(conversation, holder, now), Actor.system(), now)
        try:
            _tell_visitor(conversation, holder, held.id if held is not None else holder.id, now)
        except (KeyUnavailableError, MaskingError) as error:
            # A colleague sees it all the same, which matters more than the sentence.
            logger.warning("a visitor was not told", extra={"reason": type(error).__name__})
    return True


def _next(conversation: Conversation, holder: Membership, now: datetime) -> Membership | None:
    """Who of the conversation's team is there; None is the queue."""
    team = conversation.live_team
    return teams.next_holder(team.id if team is not None else None, conversation.tenant_id, but={holder.id}, now=now)


def _tell_visitor(conversation: Conversation, holder: Membership, occasion: UUID, now: datetime) -> None:
    place = "" if conversation.assignee is not None else f" {_place(conversation)}"
    text = f"{holder.user.name} had to leave; a colleague will take over.{place}"
    # The same for a repeat of this hand-over, another for the next.
    activities.tell(conversation, text, occasion=uuid5(conversation.id, f"left {occasion}"), now=now)


def _place(conversation: Conversation) -> str:
    """How many wait longer for somebody to take them."""
    queue = Conversation.objects.begun().open().unassigned()
    before = queue.filter(waiting_since__lt=conversation.waiting_since).exclude(id=conversation.id).count()
    if before == 0:
        return "You are next."
    return "One other person is before you." if before == 1 else f"{before} other people are before you."
