"""Store a masked and sealed message with its conversation's next sequence: one at a time, for whoever can wait.

`commit(SealedMessage) -> Committed` runs in the caller's own transaction and thread: a view, a job, the parts of a
split number, and what a batch could not store. Sockets go by `chat.delivery.group`, which stores many at once by the
same statement.
"""

from typing import Any

from django.db import connection

from chat.delivery import statement
from chat.delivery.sealed import (
    Committed,
    ConsentRequiredError,
    ConversationNotFoundError,
    ConversationResolvedError,
    Draft,
    IdentityRequiredError,
    SealedMessage,
    UnmaskedMessageError,
    VisitorBlockedError,
    VisitorGoneError,
)
from chat.models import Conversation
from tenants.pipelined import Statement
from tenants.scoping import tenant_scope

__all__ = (
    "Committed",
    "ConsentRequiredError",
    "ConversationNotFoundError",
    "ConversationResolvedError",
    "Draft",
    "IdentityRequiredError",
    "SealedMessage",
    "UnmaskedMessageError",
    "VisitorBlockedError",
    "VisitorGoneError",
    "commit",
    "locked_conversation",
)


def commit(sealed: SealedMessage) -> Committed:
    """Store one message, or find it stored.

    Raises:
        ConversationNotFoundError: There is none, or it is not this author's.
        ConversationResolvedError: It is resolved and takes only notes.
        VisitorBlockedError: The visitor is blocked.
        VisitorGoneError: The visitor's session has ended, or the organisation is not active.
        ConsentRequiredError: The visitor has no receipt of the notice in force.
        IdentityRequiredError: The site must vouch for visitors, and does not for this one.
    """
    draft = sealed.draft
    with tenant_scope(draft.tenant_id):
        lock = {"tenant": draft.tenant_id, "conversations": [draft.conversation_id]}
        _run(Statement(draft.tenant_id, statement.LOCK, lock))
        first, *others = statement.statements(draft.tenant_id, [sealed])
        [found] = statement.outcomes(_run(first))
        if found.stored is not None:
            return Committed.before(draft, found.stored, found.status)
        raise_refusal(found.outcome)
        for other in others:
            _run(other)
    return Committed.now(sealed, found.sequence, found.public_sequence, found.status)


def raise_refusal(outcome: str) -> None:
    """Raise what an outcome stands for, if it is a refusal."""
    if outcome == statement.NOT_HELD:
        raise ConversationNotFoundError
    if outcome == statement.GONE:
        raise VisitorGoneError
    if outcome == statement.BLOCKED:
        raise VisitorBlockedError
    if outcome == statement.UNCONSENTED:
        raise ConsentRequiredError
    if outcome == statement.UNSIGNED:
        raise IdentityRequiredError
    if outcome == statement.RESOLVED:
        raise ConversationResolvedError


def locked_conversation(draft: Draft) -> Conversation:
    """Return the draft's conversation, its row locked until the end of the transaction: one writer at a time."""
    rows = Conversation.objects.filter(id=draft.conversation_id, contact_id=draft.contact_id)
    conversation: Conversation | None = rows.select_related("contact").select_for_update(of=("self",)).first()
    if conversation is None:
        raise ConversationNotFoundError
    return conversation


def _run(wanted: Statement) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(wanted.sql, wanted.parameters)
        return cursor.fetchall() if cursor.description else []
