"""Coaching at the moment of error: a reply that asks a visitor for what must not be said in a chat is held back.

What was asked for is noted by its kind, never the text. Card data is never let through; with anything else the agent
may insist, for one of a few reasons, which is noted as well.
"""

from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import permissions, selectors
from chat.delivery.sealed import ConversationNotFoundError
from chat.models import MessageKind
from compliance import audit, audit_events
from compliance.masking.asking import NEVER, asked_for
from tenants.actors import Actor
from tenants.models import Membership
from tenants.scoping import tenant_scope

#: Why an agent insists: it is no request, there is an agreed way for it, or no other way.
Insisted = Literal["", "misread", "agreed", "needed"]


class HeldBackError(Exception):
    """The reply asks for what must not be said in a chat; nothing is stored."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@sensitive_variables("text")
def asks(kind: str, text: str) -> bool:
    """Whether a member's text is a reply that asks for what must not be said. Pure, some millionths of a second."""
    return kind == MessageKind.PUBLIC and asked_for(text) is not None


@sensitive_variables("text")
def hold_back(
    *, membership: Membership, conversation_id: UUID, kind: str, text: str, insisted: str, now: datetime
) -> None:
    """Let a reply pass that asks for nothing, or on which its writer insists where that is allowed; both are noted.

    Raises:
        NotPermittedError: The member may not answer.
        ConversationNotFoundError: There is no such conversation in the member's organisation.
        HeldBackError: It asks for card data, or the writer does not insist.
    """
    permissions.require_author(membership, kind)
    asked = asked_for(text) if kind == MessageKind.PUBLIC else None
    if asked is None:
        return
    goes_on = bool(insisted) and insisted in get_args(Insisted) and asked not in NEVER
    with tenant_scope(membership.tenant_id):
        conversation = selectors.conversation(conversation_id)
        if conversation is None:
            raise ConversationNotFoundError
        event = audit_events.REPLY_INSISTED_ON if goes_on else audit_events.REPLY_HELD_BACK
        reason = {"reason": insisted} if goes_on else {}
        audit.record(Actor.member(membership), event, conversation, at=now, asked=asked, **reason)
    if not goes_on:
        raise HeldBackError(asked)
