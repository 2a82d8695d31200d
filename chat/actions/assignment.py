"""Who holds a conversation."""

from datetime import datetime
from uuid import UUID

from chat import broadcast
from chat.actions import form_endings
from chat.actions.conversations import locked
from chat.models import Assignment, Conversation
from chat.permissions import require_oversight
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability
from tenants.training import lapsed_members


class UnknownAssigneeError(Exception):
    """There is no such active colleague who may answer."""


class UntrainedAssigneeError(Exception):
    """The colleague's training has lapsed: the workspace is closed to them."""


def take_conversation(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Hold a conversation that nobody holds; one held by a colleague is for those who may assign.

    Raises:
        NotPermittedError: The role does not allow it, or a colleague holds it.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    conversation = locked(conversation_id)
    if conversation.assignee_id not in (None, actor.id):
        require(actor, Capability.ASSIGN_CONVERSATIONS)
        require_oversight(actor, conversation)
    return hand_over(conversation, actor, Actor.member(actor), now)


def assign_conversation(*, conversation_id: UUID, assignee_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Give a conversation to an agent and end the assignment before it.

    Raises:
        NotPermittedError: The role does not allow it, or the conversation is of a team the actor does not oversee.
        UnknownAssigneeError: The assignee is no active member who may answer.
        UntrainedAssigneeError: They could not open it, for want of a course.
    """
    require(actor, Capability.ASSIGN_CONVERSATIONS)
    assignee = assignable(assignee_id, now=now)
    conversation = locked(conversation_id)
    require_oversight(actor, conversation)
    return hand_over(conversation, assignee, Actor.member(actor), now)


def assignable(membership_id: UUID, *, now: datetime) -> Membership:
    """Return a colleague who can be given conversations.

    Raises:
        UnknownAssigneeError: It is no active member who may answer.
        UntrainedAssigneeError: They could not open them, for want of a course.
    """
    found = Membership.objects.filter(id=membership_id, is_active=True).select_related("user")
    assignee: Membership | None = found.first()
    if assignee is None:
        raise UnknownAssigneeError
    try:
        require(assignee, Capability.ANSWER_CONVERSATIONS)
    except NotPermittedError:
        raise UnknownAssigneeError from None
    if assignee.id in lapsed_members(before=now):
        raise UntrainedAssigneeError
    return assignee


def release_conversation(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Put a conversation back to the queue: one's own, or any for those who may assign."""
    require(actor, Capability.ANSWER_CONVERSATIONS)
    conversation = locked(conversation_id)
    if conversation.assignee_id not in (None, actor.id):
        require(actor, Capability.ASSIGN_CONVERSATIONS)
        require_oversight(actor, conversation)
    return hand_over(conversation, None, Actor.member(actor), now)


def hand_over(conversation: Conversation, assignee: Membership | None, actor: Actor, now: datetime) -> Conversation:
    """Let a locked conversation be held by somebody else, or by nobody. Whether `actor` may is seen before."""
    if conversation.assignee_id == (assignee.id if assignee is not None else None):
        return conversation
    form_endings.end_of_conversation(conversation, why="transfer", actor=actor, now=now)
    Assignment.objects.filter(conversation=conversation, ended_at=None).update(ended_at=now)
    conversation.assign(assignee)
    conversation.save(update_fields=["assignee"])
    if assignee is not None:
        Assignment.objects.create(
            tenant_id=conversation.tenant_id, conversation=conversation, membership=assignee, started_at=now
        )
    audit.record(
        actor, audit_events.CONVERSATION_ASSIGNED, conversation, at=now,
        assignee=assignee.id if assignee is not None else None,
    )  # fmt: skip
    broadcast.conversation_changed(conversation)
    return conversation
