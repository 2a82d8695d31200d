"""Say how a conversation was, once it is over."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.actions.consent import require_told
from chat.actions.conversations import locked
from chat.actions.mailed_links import lasts
from chat.delivery.sealed import ConversationNotFoundError, VisitorBlockedError
from chat.models import Conversation, LinkKind, MailedLink, Rating, RatingScale
from chat.models.rating import MAX_COMMENT, VALUES
from chat.permissions import Visitor
from chat.protocol.waiting_events import EndingTold, TranscriptIs
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.masking import MaskedText
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.policy_names import RATING, RATING_OFF
from tenants.scoping import tenant_scope

#: Since the conversation was resolved; and since it was first rated.
ASKED_FOR: Final = timedelta(days=7)
CHANGED_FOR: Final = timedelta(days=1)


class RatingClosedError(Exception):
    """The conversation is not over, nobody asks, or the time is; or the value is none of the scale's."""


def scale_of(tenant: Tenant) -> RatingScale | None:
    """Return what visitors are asked by; None where they are not asked. Inside the tenant's scope."""
    chosen = policies.in_force(tenant, RATING).value
    return None if chosen == RATING_OFF else RatingScale(chosen)


@sensitive_variables("comment")
def give_rating(*, visitor: Visitor, conversation_id: UUID, value: int, comment: str, now: datetime) -> Rating:
    """Keep what a visitor says of a conversation that is over; in the place of what they said before, for a day.

    Raises:
        ConversationNotFoundError: It is not this visitor's.
        RatingClosedError: It can't be rated, not any more, or not by this value.
        ConsentRequiredError: They have not agreed to the notice in force.
        VisitorBlockedError: An agent has blocked the visitor.
        MaskingError: The masker could not finish; nothing is stored.
    """
    rule_set = rule_sets.current(visitor.tenant_id)
    masked = ingest(comment.strip(), surface=surfaces.RATING_COMMENT, rule_set=rule_set, most=MAX_COMMENT)
    with tenant_scope(visitor.tenant_id):
        conversation = _own(visitor, conversation_id)
        require_told(visitor, None)
        if conversation.contact.blocked_at is not None:
            raise VisitorBlockedError
        before = Rating.objects.select_for_update().filter(conversation=conversation).first()
        scale = _scale_for(conversation)
        if scale is None or value not in VALUES[scale] or not _is_open(conversation, before, now):
            raise RatingClosedError
        row = before or Rating(
            id=uuid7(), tenant_id=visitor.tenant_id, conversation=conversation, contact_id=conversation.contact_id,
            rated_at=now,
        )  # fmt: skip
        row.scale, row.value, row.changed_at, row.masked_with = scale, value, now, rule_set.number
        row.comment = _sealed(row, masked)
        row.save()
        audit.record(
            Actor.visitor(visitor.session_id or row.id), audit_events.CONVERSATION_RATED, conversation, at=now,
            value=value, scale=str(scale), again=before is not None,
        )  # fmt: skip
        broadcast.conversation_changed(conversation)
    made: Rating = row
    return made


def ending_of(*, visitor: Visitor, conversation_id: UUID, now: datetime) -> EndingTold:
    """Return what can be done with a conversation that is over.

    Raises:
        ConversationNotFoundError: It is not this visitor's.
    """
    with tenant_scope(visitor.tenant_id):
        conversation = _own(visitor, conversation_id)
        rating: Rating | None = Rating.objects.filter(conversation=conversation).first()
        scale = _scale_for(conversation) if _is_open(conversation, rating, now) else None
        return EndingTold(
            conversation=conversation.id,
            scale=None if scale is None else scale.value,
            value=None if rating is None else rating.value,
            transcript=_transcript(conversation),
        )


def was_over_lately(conversation: Conversation, now: datetime) -> bool:
    """Whether its visitor may still be asked how it was."""
    return conversation.resolved_at is not None and now - conversation.resolved_at <= ASKED_FOR


def _own(visitor: Visitor, conversation_id: UUID) -> Conversation:
    conversation = locked(conversation_id)
    if visitor.session_id is None or conversation.contact_id != visitor.contact_id:
        raise ConversationNotFoundError
    return conversation


def _scale_for(conversation: Conversation) -> RatingScale | None:
    """Of a visitor who objects, or of whom nothing is to be used, nothing is asked."""
    contact = conversation.contact
    is_left_alone = contact.objected_at is not None or contact.restricted_at is not None
    return None if is_left_alone else scale_of(conversation.tenant)


def _is_open(conversation: Conversation, rating: Rating | None, now: datetime) -> bool:
    over: datetime | None = conversation.resolved_at
    if conversation.is_open or over is None or now - over > ASKED_FOR:
        return False
    return rating is None or now - rating.rated_at <= CHANGED_FOR


def _sealed(row: Rating, masked: MaskedText) -> object:
    return seal_masked(Rating.slot(row.tenant_id, row.contact_id, row.id), masked) if masked.text else None


def _transcript(conversation: Conversation) -> TranscriptIs:
    if lasts(conversation.tenant) is None:
        return "off"
    if conversation.contact.email_token is None:
        return "no_address"
    waits = MailedLink.objects.filter(conversation=conversation, kind=LinkKind.TRANSCRIPT, mailed_at=None)
    return "asked" if waits.exists() else "offered"
