"""The one door to plaintext: a stored message is opened here, for one viewer, who may read it.

What an agent is shown is recorded: one audit entry per page or subscription, with how many messages it opened.
Call these inside the tenant's scope.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chat import people, permissions, selectors, support_selectors
from chat.models import AuthorKind, Contact, Conversation, Message
from chat.permissions import Viewer, Visitor
from chat.protocol import frames
from chat.protocol.events import Author, AuthorIs, ConversationResumed, FindingSpan, MessagePosted, MessageRemasked
from chat.protocol.relay import PostedEntry
from chat.queues import ConversationRow
from compliance import audit, audit_events
from compliance.support import Access
from helpdesk.core.aead import UnreadableEnvelopeError
from tenants.actors import Actor, ActorKind
from tenants.encryption import Slot, opening
from tenants.keyring.ring import KeyUnavailableError
from tenants.keyring.scope import ALIAS
from tenants.models import Membership
from tenants.operator_role import as_themselves
from tenants.permissions import NotPermittedError

logger = logging.getLogger(__name__)

RESUMED: Final = 200
# What a page shows at first fills three screens; the rest is asked for.
SHOWN_FIRST: Final = 60
LINE_LENGTH: Final = 140
# An answer must stay readable, so a resume ends early rather than send megabytes in one frame.
RESUMED_BYTES: Final = 192 * 1024
UNREADABLE: Final = "This message can no longer be read: its key was destroyed."


@dataclass(frozen=True, slots=True)
class Transcript:
    """Messages that follow each other, oldest first, opened for a member."""

    messages: list[MessagePosted]

    @property
    def earlier_than(self) -> int | None:
        """The sequence before which there is more to show; None at the beginning."""
        first = self.messages[0].sequence if self.messages else 1
        return first if first > 1 else None


@dataclass(frozen=True, slots=True)
class OneMessage:
    """One message, opened for a member, and which version of its text that is."""

    message: MessagePosted
    version: str


def for_viewer(entry: PostedEntry, viewer: Viewer) -> MessagePosted:
    """Open one message for one viewer.

    Raises:
        NotPermittedError: The viewer may not read it, or it is a note and the viewer is a visitor.
    """
    permissions.require_reader(viewer, entry)
    return _shown(
        entry, entry.public_sequence if isinstance(viewer, Visitor) else entry.sequence, _author(entry, viewer)
    )


def _shown(entry: PostedEntry, sequence: int | None, author_and_name: tuple[AuthorIs, str]) -> MessagePosted:
    author, name = author_and_name
    kind: Any = MessageRemasked if entry.is_remasked else MessagePosted
    # Built of what we stored, so not looked at once more.
    shown: MessagePosted = kind.model_construct(
        conversation=entry.conversation_id,
        sequence=sequence,
        client_id=entry.client_id,
        author=Author(kind=author, name=name),
        kind=entry.kind,
        at=entry.at,
        text=_text_of(entry),
        findings=[FindingSpan(entity=entity, start=start, end=end) for entity, start, end in entry.findings],
    )
    return shown


def frame_for_viewer(entry: PostedEntry, viewer: Viewer, shared: dict[str, Any]) -> str:
    """Open one message for a socket's viewer: the frame of what `for_viewer` returns, for the cost of a tenth.

    Args:
        shared: Of all who are told this message, so that it is opened once.

    Raises:
        NotPermittedError: As `for_viewer`; who may read it is asked for every viewer.
    """
    permissions.require_reader(viewer, entry)
    if (text := shared.get("text")) is None:
        text = shared["text"] = _text_of(entry)
    sequence = (entry.public_sequence or 0) if isinstance(viewer, Visitor) else entry.sequence
    return frames.posted(entry, sequence, _author(entry, viewer), text)


def _author(entry: PostedEntry, viewer: Viewer) -> tuple[AuthorIs, str]:
    """Return who wrote a message: what they are, and the name this viewer knows."""
    if entry.author_kind == AuthorKind.AGENT:
        return "agent", people.member_name(entry.tenant_id, entry.author_id)
    if entry.author_kind == AuthorKind.SYSTEM:
        return "system", ""
    if isinstance(viewer, Visitor):
        return "visitor", "You"
    sealed = people.sealed_name(entry.tenant_id, entry.contact_id)
    name = opened_detail(entry.tenant_id, entry.contact_id, "name", sealed) or selectors.visitor_name(entry.contact_id)
    return "visitor", name


def resumed(conversation: Conversation, viewer: Viewer, after: int, *, now: datetime) -> ConversationResumed:
    """Open what follows a sequence, in the viewer's numbering."""
    is_visitor = isinstance(viewer, Visitor)
    entries = selectors.entries_after(conversation, after, RESUMED + 1, public=is_visitor)
    shown = _fitting(entries[:RESUMED])
    messages = [for_viewer(entry, viewer) for entry in shown]
    if isinstance(viewer, Membership):
        _record(viewer, conversation, len(messages), now)
    return ConversationResumed(
        conversation=conversation.id,
        messages=messages,
        last_sequence=conversation.last_public_sequence if is_visitor else conversation.last_sequence,
        complete=len(shown) == len(entries),
    )


def transcript(
    conversation: Conversation, membership: Membership, *, now: datetime, before: int | None = None
) -> Transcript:
    """Open the last messages of a conversation for a page; those before a sequence, if one is named."""
    shown = _transcript(conversation, membership, SHOWN_FIRST if before is None else RESUMED, before)
    _record(membership, conversation, len(shown.messages), now)
    return shown


def transcript_beside(
    rows: Sequence[ConversationRow], conversation: Conversation, membership: Membership, *, now: datetime
) -> tuple[list[ConversationRow], Transcript]:
    """Do what `with_last_lines` and `transcript` do, for a page that shows both: one request, one entry."""
    opened_rows, lines = _with_lines(rows, membership)
    shown = _transcript(conversation, membership, SHOWN_FIRST)
    _record(membership, conversation, len(shown.messages), now, lines)
    return opened_rows, shown


def _transcript(
    conversation: Conversation, membership: Membership, limit: int, before: int | None = None
) -> Transcript:
    entries = selectors.latest_entries(conversation, limit, before=before)
    return Transcript([for_viewer(entry, membership) for entry in entries])


def for_support(
    conversation: Conversation, access: Access, *, operator_id: UUID, now: datetime, before: int | None = None
) -> Transcript:
    """Open the last messages of a conversation, notes left out, for an operator whom an owner has let in.

    The rows come by the operators' role, through the database's own look at the grant: without one in force there are
    none. A visitor is a reference here, whatever they said their name is. Call it in `support_scope`.
    """
    entries = support_selectors.entries_before(conversation, before, RESUMED)
    with as_themselves(ALIAS):
        messages = [_shown(entry, entry.sequence, _author_for_support(entry)) for entry in entries]
    audit.record(
        Actor(ActorKind.OPERATOR, operator_id), audit_events.SUPPORT_READ, conversation, at=now, page="conversation",
        grant=access.grant_id, count=len(messages),
    )  # fmt: skip
    return Transcript(messages)


def _author_for_support(entry: PostedEntry) -> tuple[AuthorIs, str]:
    if entry.author_kind == AuthorKind.VISITOR:
        return "visitor", selectors.visitor_name(entry.contact_id)
    if entry.author_kind == AuthorKind.AGENT:
        return "agent", people.member_name(entry.tenant_id, entry.author_id)
    return "system", ""


def one_message(
    conversation: Conversation, sequence: int, membership: Membership, *, now: datetime
) -> OneMessage | None:
    """Open one message for a member; None if there is no such message, or nobody wrote it."""
    rows = selectors.entries_after(conversation, sequence - 1, 1, public=False)
    if not rows or rows[0].sequence != sequence or rows[0].author_kind == AuthorKind.SYSTEM:
        return None
    shown = for_viewer(rows[0], membership)
    _record(membership, conversation, 1, now)
    return OneMessage(shown, Message.version_of(rows[0].body))


def with_last_lines(rows: Sequence[ConversationRow], membership: Membership, *, now: datetime) -> list[ConversationRow]:
    """Fill in the last line of each row of a list."""
    opened_rows, count = _with_lines(rows, membership)
    if count:
        audit.record(
            Actor.member(membership), audit_events.CONVERSATION_DISCLOSED, membership.tenant, at=now,
            count=count, shown="last lines",
        )  # fmt: skip
    return opened_rows


def _with_lines(rows: Sequence[ConversationRow], membership: Membership) -> tuple[list[ConversationRow], int]:
    """Return the rows with their last lines, and how many of these were opened."""
    opened_rows = [
        replace(
            row,
            visitor_name=name_of(row, membership),
            last_line=_line(row, membership),
            subject=_subject(row, membership),
        )
        for row in rows
    ]
    return opened_rows, sum(row.last_entry is not None for row in rows)


def name_of(row: ConversationRow, membership: Membership) -> str:
    """Return what a member calls the visitor of a row: the name that is known, or else a short reference."""
    if row.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    return opened_detail(row.tenant_id, row.contact_id, "name", row.sealed_name) or row.visitor_name


def _line(row: ConversationRow, membership: Membership) -> str:
    if row.last_entry is None:
        return ""
    permissions.require_reader(membership, row.last_entry)
    line = " ".join(_text_of(row.last_entry).split())
    return line if len(line) <= LINE_LENGTH else line[: LINE_LENGTH - 1] + "…"


def _subject(row: ConversationRow, membership: Membership) -> str:
    permissions.require_member_reader(membership, row.tenant_id)
    return opened(Conversation.slot(row.tenant_id, row.contact_id, "subject", row.id), row.sealed_subject)


def opened(slot: Slot, sealed: bytes | None) -> str:
    """Open a small text for whoever may read it, which the caller has made sure of; empty if there is none."""
    return "" if sealed is None else _open(slot, bytes(sealed))


def opened_detail(tenant_id: UUID, contact_id: UUID, detail: str, sealed: bytes | None) -> str | None:
    """Open a contact's detail for whoever may read it, as `opened`; None when it is unknown or was erased."""
    if sealed is None:
        return None
    try:
        return opening.open_sealed(Contact.slot(tenant_id, contact_id, detail), sealed)
    except KeyUnavailableError:
        return None
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"contact": contact_id})
        return None


def _text_of(entry: PostedEntry) -> str:
    return _open(Message.slot(entry.tenant_id, entry.contact_id, entry.message_id), entry.body)


def _open(slot: Slot, sealed: bytes) -> str:
    try:
        return opening.open_sealed(slot, sealed)
    except KeyUnavailableError:
        return UNREADABLE
    except UnreadableEnvelopeError:
        logger.error("an envelope does not open in its place", extra={"reason": slot.column.decode()})
        return UNREADABLE


def _fitting(entries: Sequence[PostedEntry]) -> list[PostedEntry]:
    shown: list[PostedEntry] = []
    size = 0
    for entry in entries:
        size += len(entry.body)
        if shown and size > RESUMED_BYTES:
            break
        shown.append(entry)
    return shown


def _record(membership: Membership, conversation: Conversation, count: int, now: datetime, lines: int = 0) -> None:
    """`lines`: of how many conversations the last line stood beside it."""
    beside = {"last_lines": lines} if lines else {}
    audit.record(
        Actor.member(membership), audit_events.CONVERSATION_DISCLOSED, conversation, at=now, count=count, **beside
    )
