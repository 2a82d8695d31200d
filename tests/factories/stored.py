"""Conversations as they lie in the database, past the actions: old ones, and texts that older rules let pass."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from chat.actions.contacts import change_contact_details
from chat.models import (
    AuthorKind,
    Contact,
    ContactDetails,
    Conversation,
    ConversationStatus,
    Inbox,
    Message,
    MessageKind,
    VisitorSession,
)
from compliance import sealed_text
from helpdesk.core.ids import uuid7
from tenants.encryption.sealing import seal
from tenants.keyring import ring
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope

BETWEEN: Final = timedelta(seconds=20)


def store_conversation(
    tenant: Tenant,
    texts: Sequence[str] = ("Hello",),
    *,
    at: datetime,
    masked_with: int = 1,
    contact: Contact | None = None,
    resolved_at: datetime | None = None,
    agents: Sequence[int] = (),
) -> Conversation:
    """A conversation whose texts are sealed as they are given; those at the indices `agents` are an agent's."""
    with tenant_scope(tenant):
        contact = contact or store_contact(tenant, at=at)
        session = VisitorSession.objects.filter(contact=contact).first()
        conversation = Conversation.objects.create(
            tenant=tenant,
            inbox=_inbox(tenant, at),
            contact=contact,
            started_by=session,
            client_id=uuid4(),
            created_at=at,
            last_sequence=len(texts),
            last_public_sequence=len(texts),
            last_message_at=at + BETWEEN * (len(texts) - 1) if texts else None,
            status=ConversationStatus.RESOLVED if resolved_at else ConversationStatus.OPEN,
            resolved_at=resolved_at,
        )
        Message.objects.bulk_create(
            _message(
                conversation,
                index + 1,
                text,
                AuthorKind.AGENT if index in agents else AuthorKind.VISITOR,
                at + BETWEEN * index,
                masked_with,
            )
            for index, text in enumerate(texts)
        )
    return conversation


def store_contact(tenant: Tenant, *, at: datetime) -> Contact:
    with tenant_scope(tenant):
        contact = Contact.objects.create(tenant=tenant, created_at=at)
        ring.create_contact_key(tenant.id, contact.id, now=at)
        VisitorSession.objects.create(
            tenant=tenant, contact=contact, token_hash=uuid4().bytes * 2, created_at=at, seen_at=at,
            expires_at=at + timedelta(days=30),
        )  # fmt: skip
    return contact


def give_details(conversation: Conversation, details: ContactDetails, member: Membership, *, at: datetime) -> None:
    """Say who the visitor of a conversation is, as an agent does."""
    with tenant_scope(conversation.tenant_id):
        seen = Contact.objects.get(id=conversation.contact_id).details_changed_at
        change_contact_details(conversation_id=conversation.id, given=details, seen=seen, actor=member, now=at)


def tampered(envelope: bytes) -> sealed_text.SealedText:
    """An envelope as somebody at the database may have changed it: a column takes it, which the product never would."""
    return sealed_text.SealedText(envelope, sealed_text._MADE_HERE)


def _inbox(tenant: Tenant, at: datetime) -> Inbox:
    return Inbox.objects.first() or Inbox.objects.create(
        tenant=tenant, name="Website", widget_key=uuid4().hex, greeting="Hello", created_at=at
    )


def _message(
    conversation: Conversation, sequence: int, text: str, by: AuthorKind, at: datetime, masked_with: int
) -> Message:
    identifier: UUID = uuid7()
    slot = Message.slot(conversation.tenant_id, conversation.contact_id, identifier)
    return Message(
        id=identifier,
        tenant_id=conversation.tenant_id,
        conversation=conversation,
        sequence=sequence,
        public_sequence=sequence,
        kind=MessageKind.PUBLIC,
        author_kind=by,
        author_id=conversation.started_by_id,
        client_id=uuid4(),
        body=seal(slot, text),
        masked_with=masked_with,
        posted_at=at,
    )
