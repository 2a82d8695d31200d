"""Hand a file over: who may have it is looked up each time, and each time is recorded. Call these inside the scope."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.disclosure import UNREADABLE, opened
from chat.files import sealed as sealed_files
from chat.files.kinds import KINDS, Kind
from chat.files.names import clean_name
from chat.files.passes import FilePass
from chat.models import Attachment, AuthorKind, FileKind, FileState, Message, MessageKind, VisitorSession
from chat.permissions import require_member_reader
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership, StaffSession

#: Of one conversation, the newest first.
LISTED: Final = 200


class NotHandedOverError(Exception):
    """There is no such file for whoever asks, or it is not ready."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A file in clear, on its way to whoever may have it."""

    name: str
    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class FileViewer:
    """Who is shown what files there are: a contact's browser, or a member's sign-in."""

    is_visitor: bool
    id: UUID
    session_id: UUID


def listed(conversation_id: UUID, viewer: FileViewer) -> list[tuple[int, Attachment]]:
    """Return a conversation's files with the numbers of their messages, as the viewer counts them."""
    rows = Attachment.objects.filter(conversation_id=conversation_id).select_related("message").order_by("-id")
    if viewer.is_visitor:
        rows = rows.exclude(message__kind=MessageKind.NOTE)
    return [(one.message.public_sequence if viewer.is_visitor else one.message.sequence, one) for one in rows[:LISTED]]


def handed_over(shown: FilePass, *, now: datetime) -> HandedOver:
    """Open a file for whom a pass was made, if they may still have it.

    Raises:
        NotPermittedError: They are a member who may not read conversations any more.
        NotHandedOverError: It is not theirs, not ready, or not any more.
        UnreadableFileError, KeyUnavailableError: It was altered, or its contact was erased.
        StoreAwayError: It can't be read just now.
    """
    rows = Attachment.objects.filter(id=shown.attachment_id, state=FileState.READY)
    attachment: Attachment | None = rows.select_related("conversation", "message").first()
    if attachment is None:
        raise NotHandedOverError
    contact_id = attachment.conversation.contact_id
    actor = _as_visitor(shown, attachment, now) if shown.side == "visitor" else _as_member(shown, attachment)
    content = sealed_files.opened(attachment, contact_id)
    message = attachment.message
    name = opened(Message.slot(message.tenant_id, contact_id, message.id), message.body)
    kind = KINDS[FileKind(attachment.kind)]
    audit.record(
        actor, audit_events.FILE_HANDED_OVER, attachment, at=now, conversation=attachment.conversation_id,
        bytes=len(content), sent_by=str(AuthorKind(message.author_kind)),
    )  # fmt: skip
    return HandedOver(clean_name("" if name == UNREADABLE else name, kind), kind, content)


def _as_visitor(shown: FilePass, attachment: Attachment, now: datetime) -> Actor:
    sessions = VisitorSession.objects.filter(
        id=shown.session_id, contact_id=attachment.conversation.contact_id, expires_at__gt=now
    )
    if attachment.message.kind == MessageKind.NOTE or not sessions.exists():
        raise NotHandedOverError
    return Actor.visitor(shown.session_id)


def _as_member(shown: FilePass, attachment: Attachment) -> Actor:
    membership: Membership | None = Membership.objects.filter(id=shown.viewer_id, user__is_active=True).first()
    if membership is None:
        raise NotHandedOverError
    require_member_reader(membership, attachment.tenant_id)
    # Whoever was signed out, locked out or moved away has no such sign-in any more.
    if not StaffSession.objects.filter(id=shown.session_id, user_id=membership.user_id).exists():
        raise NotHandedOverError
    return Actor.member(membership)
