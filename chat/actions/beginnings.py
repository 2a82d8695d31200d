"""Begin a conversation with what the widget asked beforehand: in one transaction, nothing before the first message."""

import logging
from datetime import datetime
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat.actions.contacts import BadDetailError, give_contact_details
from chat.actions.conversations import start_conversation
from chat.actions.openings import Opening, typed_details
from chat.models import ContactDetails, Conversation
from chat.permissions import Visitor
from tenants.scoping import tenant_scope

logger = logging.getLogger(__name__)


@sensitive_variables()
def begin_conversation(
    *, visitor: Visitor, client_id: UUID, opening: Opening, now: datetime
) -> tuple[Conversation, Visitor]:
    """Begin a conversation, and keep name, e-mail and phone if they were asked for and given.

    A detail that is none, or holds a card number, is left out: it must not keep the visitor from being heard.

    Raises:
        ConsentRequiredError: They have not read, or not agreed to, the notice in force; nothing is stored.
        IdentityRequiredError: The site must vouch for visitors, and does not for this one; nothing is stored.
        VisitorBlockedError: An agent has blocked this visitor.
        SessionReplacedError: They are known by another token by now.
        MaskingError: The masker could not finish with what was given; nothing is stored.
    """
    with tenant_scope(visitor.tenant_id):
        begun, known = start_conversation(visitor=visitor, client_id=client_id, now=now, opening=opening)
        for detail, text in typed_details(opening, visitor.inbox_id).items():
            try:
                give_contact_details(visitor=known, given=ContactDetails(**{detail: text}), now=now)
            except BadDetailError as error:
                logger.info("a detail was left out", extra={"reason": error.reason, "conversation": begun.id})
    return begun, known
