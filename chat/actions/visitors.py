"""Stop a visitor from writing, and let them write again."""

from datetime import datetime
from uuid import UUID

from chat import broadcast
from chat.actions import form_endings, proof_endings
from chat.actions.conversations import locked
from chat.models import Conversation
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


def block_visitor(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Take no more messages from the person of this conversation, here or in a new one."""
    return _set_blocked(conversation_id, actor, now, is_blocked=True)


def unblock_visitor(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Let the person of this conversation write again."""
    return _set_blocked(conversation_id, actor, now, is_blocked=False)


def _set_blocked(conversation_id: UUID, actor: Membership, now: datetime, *, is_blocked: bool) -> Conversation:
    require(actor, Capability.BLOCK_VISITORS)
    conversation = locked(conversation_id)
    contact = conversation.contact
    if (contact.blocked_at is not None) == is_blocked:
        return conversation
    if is_blocked:
        form_endings.end_of_conversation(conversation, why="blocked", actor=Actor.member(actor), now=now)
        proof_endings.end_of_conversation(conversation, why="blocked", actor=Actor.member(actor), now=now)
    contact.blocked_at = now if is_blocked else None
    contact.save(update_fields=["blocked_at"])
    event = audit_events.VISITOR_BLOCKED if is_blocked else audit_events.VISITOR_UNBLOCKED
    audit.record(Actor.member(actor), event, contact, at=now, conversation=conversation.id)
    broadcast.conversation_changed(conversation)
    return conversation
