"""What agents call a conversation."""

from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.actions.conversations import locked
from chat.models import Conversation
from chat.models.conversation import MAX_SUBJECT
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.sealed_text import seal_masked
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability


@sensitive_variables("subject")
def change_subject(*, conversation_id: UUID, subject: str, actor: Membership, now: datetime) -> Conversation:
    """Give a conversation a subject, masked and sealed; an empty one takes it away.

    Raises:
        ConversationNotFoundError: There is no such conversation in the organisation.
        MaskingError: The masker could not finish; nothing is stored.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    rule_set = rule_sets.current(actor.tenant_id)
    masked = ingest(" ".join(subject.split()), surface=surfaces.SUBJECT, rule_set=rule_set, most=MAX_SUBJECT)
    conversation = locked(conversation_id)
    slot = Conversation.slot(conversation.tenant_id, conversation.contact_id, "subject", conversation.id)
    conversation.subject = seal_masked(slot, masked) if masked.text else None
    if conversation.page is None and conversation.referrer is None:
        conversation.masked_with = rule_set.number
    conversation.save(update_fields=["subject", "masked_with"])
    audit.record(Actor.member(actor), audit_events.SUBJECT_CHANGED, conversation, at=now, masked=len(masked.findings))
    broadcast.conversation_changed(conversation)
    return conversation
