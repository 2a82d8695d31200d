"""Begin a conversation, resolve it, open it again. Members' actions run inside the tenant's scope."""

from datetime import datetime
from uuid import UUID

from chat import broadcast
from chat.actions import consent, form_endings, openings, proof_endings, sessions
from chat.actions.openings import NOTHING_GIVEN, Opening
from chat.delivery.sealed import ConversationNotFoundError, VisitorBlockedError
from chat.models import Conversation, VisitorSession
from chat.permissions import Visitor
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability
from tenants.scoping import tenant_scope


def start_conversation(
    *, visitor: Visitor, client_id: UUID, now: datetime, opening: Opening = NOTHING_GIVEN
) -> tuple[Conversation, Visitor]:
    """Begin a conversation for a visitor; a repeat of `client_id` finds the one begun before.

    The visitor's session, contact and key are made here if this is their first, and what the widget asked and knew
    before the first message is stored. The conversation stays out of the inbox until that message is there.

    Returns:
        The conversation, and the visitor with their session.

    Raises:
        ConsentRequiredError: They have not read, or not agreed to, the notice in force; nothing is stored.
        IdentityRequiredError: The site must vouch for visitors, and does not for this one; nothing is stored.
        VisitorBlockedError: An agent has blocked this visitor.
        SessionReplacedError: They are known by another token by now.
        MaskingError: The masker could not finish with what was given; nothing is stored.
    """
    masked = openings.masked(opening, visitor.tenant_id, visitor.inbox_id)
    with tenant_scope(visitor.tenant_id):
        consent.require_told(visitor, opening.consent)
        consent.require_vouched(visitor, now)
        session = sessions.session_for(visitor, now=now)
        # Two starts of one browser wait for each other here, so the second sees the first.
        locked_session = (
            VisitorSession.objects.select_for_update(of=("self",)).select_related("contact").get(id=session.id)
        )
        begun = Conversation.objects.filter(started_by=session, client_id=client_id).first()
        if begun is None:
            if locked_session.contact.blocked_at is not None:
                raise VisitorBlockedError
            begun = Conversation.objects.create(
                tenant_id=visitor.tenant_id,
                inbox_id=visitor.inbox_id,
                contact_id=session.contact_id,
                started_by=session,
                client_id=client_id,
                created_at=now,
            )
            openings.store(masked, begun)
        if opening.consent is not None:
            consent.give_consent(visitor=visitor, given=opening.consent, now=now)
    return begun, sessions.with_session(visitor, session)


def resolve_conversation(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Set a conversation as answered for good; it takes no more messages."""
    require(actor, Capability.ANSWER_CONVERSATIONS)
    conversation = locked(conversation_id)
    if not conversation.is_open:
        return conversation
    # Before: a resolved conversation takes no more lines.
    form_endings.end_of_conversation(conversation, why="resolved", actor=Actor.member(actor), now=now)
    proof_endings.end_of_conversation(conversation, why="resolved", actor=Actor.member(actor), now=now)
    conversation.resolve(now=now)
    _save_status(conversation)
    audit.record(Actor.member(actor), audit_events.CONVERSATION_RESOLVED, conversation, at=now)
    broadcast.conversation_changed(conversation)
    return conversation


def end_conversation(*, visitor: Visitor, conversation_id: UUID, now: datetime) -> Conversation:
    """Let a visitor end their own conversation: it takes no more messages, and leaves the queue.

    Raises:
        ConversationNotFoundError: It is not this visitor's.
    """
    with tenant_scope(visitor.tenant_id):
        conversation = locked(conversation_id)
        if visitor.session_id is None or conversation.contact_id != visitor.contact_id:
            raise ConversationNotFoundError
        if conversation.is_open:
            by = Actor.visitor(visitor.session_id)
            form_endings.end_of_conversation(conversation, why="resolved", actor=by, now=now)
            proof_endings.end_of_conversation(conversation, why="resolved", actor=by, now=now)
            conversation.resolve(now=now)
            _save_status(conversation)
            audit.record(by, audit_events.CONVERSATION_RESOLVED, conversation, at=now)
            broadcast.conversation_changed(conversation)
    return conversation


def reopen_conversation(*, conversation_id: UUID, actor: Membership, now: datetime) -> Conversation:
    """Let a resolved conversation take messages again."""
    require(actor, Capability.ANSWER_CONVERSATIONS)
    conversation = locked(conversation_id)
    if conversation.is_open:
        return conversation
    conversation.reopen(now=now)
    _save_status(conversation)
    audit.record(Actor.member(actor), audit_events.CONVERSATION_REOPENED, conversation, at=now)
    broadcast.conversation_changed(conversation)
    return conversation


def locked(conversation_id: UUID) -> Conversation:
    """Return a conversation of the tenant in scope, locked until the end of the transaction.

    Raises:
        ConversationNotFoundError: There is none, or it is another tenant's.
    """
    rows = Conversation.objects.filter(id=conversation_id).select_related("contact")
    conversation: Conversation | None = rows.select_for_update(of=("self",)).first()
    if conversation is None:
        raise ConversationNotFoundError
    return conversation


def _save_status(conversation: Conversation) -> None:
    conversation.save(update_fields=["status", "resolved_at", "waiting_since"])
