"""Take a file for a conversation: it is sealed first, and carried by a message that goes the way of every message.

So a file is heard from whoever a message would be heard from, and its name is masked like one. It is checked by a job
(`chat.actions.file_checks`) before anybody is handed it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from chat import broadcast, permissions, selectors
from chat.actions.conversations import locked
from chat.actions.file_checks import check_file
from chat.actions.messages import agent_draft, announce, visitor_draft
from chat.delivery import committer
from chat.delivery.sealed import Committed, ConversationNotFoundError, Draft, SealedMessage
from chat.files import sealed as sealed_files
from chat.files.kinds import Kind, kind_of
from chat.files.names import clean_name
from chat.files.rules import FileRules
from chat.files.store import StoreAwayError, store
from chat.models import Attachment, Conversation, FileState, MessageKind
from chat.permissions import Visitor
from compliance import audit, audit_events, rule_sets
from compliance.ingest import ingest_file_name
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)


class AttachmentNotFoundError(Exception):
    """There is no such file for whoever asks."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in. `client_id` is the sender's own, so that the same upload twice is one.

    `conversation_id`: for which one of theirs a visitor sends it; None for the newest of which something was said.
    """

    client_id: UUID
    name: str
    content: bytes
    conversation_id: UUID | None = None


@sensitive_variables()
def post_visitor_file(*, visitor: Visitor, upload: Upload, now: datetime) -> Committed:
    """Take a visitor's file for the conversation they are in; it may be the first that is said there.

    Raises:
        FileRefusedError: It is not taken; it says why.
        StoreAwayError: It could not be kept; nothing was sent.
        ConversationNotFoundError: They are in none.
        ConversationResolvedError, VisitorBlockedError, VisitorGoneError, ConsentRequiredError: As for a message.
        MaskingError: The masker could not finish with its name; nothing is stored.
    """
    if visitor.contact_id is None:
        raise ConversationNotFoundError
    with tenant_scope(visitor.tenant_id):
        theirs = Conversation.objects.of_contact(visitor.contact_id)
        meant = theirs.filter(id=upload.conversation_id) if upload.conversation_id else theirs.begun().open()
        conversation_id = meant.order_by("-created_at", "-id").values_list("id", flat=True).first()
    if conversation_id is None:
        raise ConversationNotFoundError
    draft = visitor_draft(
        visitor=visitor, conversation_id=conversation_id, client_id=upload.client_id, kind=MessageKind.PUBLIC, now=now
    )
    return _post(draft, upload)


@sensitive_variables()
def post_member_file(*, membership: Membership, conversation_id: UUID, upload: Upload, now: datetime) -> Committed:
    """Take a member's file, for the visitor to see.

    Raises:
        NotPermittedError: The member may not answer.
        FileRefusedError, StoreAwayError, ConversationNotFoundError, ConversationResolvedError, MaskingError: As above.
    """
    contact_id = selectors.contact_of(membership.tenant_id, conversation_id)
    if contact_id is None:
        raise ConversationNotFoundError
    draft = agent_draft(
        membership=membership, conversation_id=conversation_id, contact_id=contact_id, client_id=upload.client_id,
        kind=MessageKind.PUBLIC, now=now,
    )  # fmt: skip
    return _post(draft, upload)


def remove_file(*, attachment_id: UUID, conversation_id: UUID, actor: Membership, now: datetime) -> Attachment:
    """Take a file out of a conversation for good; that it was there stays. Call it inside the scope.

    Raises:
        NotPermittedError: The member may not answer.
        AttachmentNotFoundError: There is none.
        StoreAwayError: It may still lie in the store; nothing was changed.
    """
    permissions.require_author(actor, MessageKind.PUBLIC)
    conversation = locked(conversation_id)
    rows = Attachment.objects.select_for_update().filter(id=attachment_id, conversation=conversation)
    attachment: Attachment | None = rows.first()
    if attachment is None:
        raise AttachmentNotFoundError
    if attachment.stored is not None:
        # First, so that whatever fails afterwards, nobody reads it.
        store().delete(attachment.tenant_id, attachment.stored)
        attachment.settle(FileState.REMOVED, now=now)
        attachment.save(update_fields=["state", "why", "stored", "settled_at"])
        audit.record(Actor.member(actor), audit_events.FILE_REMOVED, attachment, at=now, conversation=conversation_id)
        broadcast.conversation_changed(conversation)
    return attachment


def _post(draft: Draft, upload: Upload) -> Committed:
    kind = _accepted(draft.tenant_id, upload.content)
    rule_set = rule_sets.current(draft.tenant_id)
    masked = ingest_file_name(clean_name(upload.name, kind), rule_set=rule_set)
    message = SealedMessage.of(
        masked, draft, rule_set_number=rule_set.number, accepts=rule_set.accepts, signed_only=rule_set.signed_only
    )
    attachment_id = uuid7()
    # Kept before there is a row, so that no transaction waits for a store. Without the row nobody can open it.
    name, key = sealed_files.put(draft.tenant_id, draft.contact_id, attachment_id, upload.content)
    is_new = False
    try:
        with tenant_scope(draft.tenant_id):
            committed = committer.commit(message)
            is_new = not committed.repeated
            if is_new:
                _store(Attachment(
                    id=attachment_id, tenant_id=draft.tenant_id, conversation_id=draft.conversation_id,
                    message_id=message.id, kind=kind.name, bytes=len(upload.content), stored=name, key=key,
                    uploaded_at=draft.posted_at,
                ), committed)  # fmt: skip
    except BaseException:
        is_new = False
        raise
    finally:
        if not is_new:
            _discard(draft.tenant_id, name)
    return committed


def _accepted(tenant_id: UUID, content: bytes) -> Kind:
    with tenant_scope(tenant_id):
        rules = FileRules.of(Tenant.objects.get(id=tenant_id))
    rules.require_size(len(content))
    kind = kind_of(content)
    rules.require_kind(kind)
    return kind


def _store(attachment: Attachment, committed: Committed) -> None:
    attachment.save(force_insert=True)
    announce(committed)
    broadcast.conversation_changed(attachment.conversation)
    check = check_file.for_tenant(attachment.tenant_id)
    # A job that is lost is sent again within minutes.
    transaction.on_commit(partial(check.delay, attachment_id=attachment.id), robust=True)


def _discard(tenant_id: UUID, name: UUID) -> None:
    try:
        store().delete(tenant_id, name)
    except StoreAwayError as error:
        # Nobody has its key any more.
        logger.warning("a file without a row was left in the store", extra={"reason": str(error)})
