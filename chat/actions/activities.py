"""Say in a conversation what became of it: lines of nobody's, which both sides read and the transcript keeps."""

import logging
from datetime import datetime
from uuid import UUID, uuid5

from chat import broadcast
from chat.delivery import committer
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError, Draft, SealedMessage
from chat.models import AuthorKind, Conversation, MessageKind
from compliance import rule_sets, surfaces
from compliance.ingest import ingest
from compliance.masking import MaskingError
from tenants.keyring.ring import KeyUnavailableError

logger = logging.getLogger(__name__)


def tell(conversation: Conversation, text: str, *, occasion: UUID, now: datetime) -> None:
    """Add a line to an open conversation, in the transaction of what it tells of.

    Args:
        conversation: Where.
        text: Our own words, with names out of the product in them; masked like any text.
        occasion: An id of what happened: told once, however often it is told.
        now: When.

    Raises:
        ConversationResolvedError: It takes no more lines.
        KeyUnavailableError: The contact was erased, or the key's provider does not answer.
        MaskingError: The masker could not finish.
    """
    draft = Draft(
        tenant_id=conversation.tenant_id,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        kind=MessageKind.ACTIVITY,
        author_kind=AuthorKind.SYSTEM,
        author_id=conversation.id,
        client_id=occasion,
        posted_at=now,
    )
    rule_set = rule_sets.current(conversation.tenant_id)
    masked = ingest(text, surface=surfaces.AGENT_MESSAGE, rule_set=rule_set)
    committed = committer.commit(SealedMessage.of(masked, draft, rule_set_number=rule_set.number))
    broadcast.message_posted(committed.entry, committed.status)


def tell_of(conversation: Conversation, text: str, *, of: UUID, step: str, now: datetime) -> None:
    """Tell of a step of something that was asked, once. That it can't be told keeps nothing from being done."""
    try:
        tell(conversation, text, occasion=uuid5(of, step), now=now)
    except (ConversationNotFoundError, ConversationResolvedError, KeyUnavailableError, MaskingError) as error:
        logger.warning("no line of what was asked", extra={"reason": type(error).__name__})
