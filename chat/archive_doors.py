"""What an archive of somebody's data is made of besides their words: files, opened, and who opened what was said.

And the archive itself, opened for a member who hands it over. Call these inside the tenant's scope.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Min

from chat.disclosure import UNREADABLE, opened
from chat.files import sealed as sealed_files
from chat.files.kinds import KINDS
from chat.files.names import clean_name
from chat.files.sealed import UnreadableFileError
from chat.models import Attachment, Conversation, DataArchive, FileKind, FileState, Message, MessageKind
from compliance import audit, audit_events, trail_expiry
from compliance.models import AuditEntry, SubjectRequest
from tenants.actors import Actor, ActorKind
from tenants.keyring.ring import KeyUnavailableError
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability, Role

#: What stands first where the audit trail does not reach back to the beginning.
NOT_ON_RECORD: Final = "openings until then are not on record any more: the audit trail is not kept for ever"


class NoArchiveError(LookupError):
    """There is none, or its time is over."""


@dataclass(frozen=True, slots=True)
class FileOf:
    """A file of a conversation, in clear."""

    name: str
    reference: str
    at: datetime
    content: bytes


def files_of(conversation_id: UUID) -> list[UUID]:
    """Return the files that a visitor sees in a conversation."""
    rows = Attachment.objects.filter(conversation_id=conversation_id, state=FileState.READY)
    return list(rows.exclude(message__kind=MessageKind.NOTE).order_by("id").values_list("id", flat=True))


def file_of(attachment_id: UUID) -> FileOf | None:
    """Open a file for an archive, which is recorded as a whole; None where it can't be read, or is gone.

    Raises:
        StoreAwayError: It can't be read just now.
    """
    rows = Attachment.objects.select_related("conversation", "message").filter(id=attachment_id, state=FileState.READY)
    one: Attachment | None = rows.first()
    if one is None:
        return None
    contact_id, message = one.conversation.contact_id, one.message
    try:
        content = sealed_files.opened(one, contact_id)
    except (UnreadableFileError, KeyUnavailableError):
        return None
    name = opened(Message.slot(message.tenant_id, contact_id, message.id), message.body)
    clean = clean_name("" if name == UNREADABLE else name, KINDS[FileKind(one.kind)])
    return FileOf(clean, one.conversation.reference, one.uploaded_at, content)


def disclosures(person: list[UUID], conversation_ids: list[UUID]) -> list[dict[str, Any]]:
    """Return who opened what somebody said, and what is known of them: by role and never by name, oldest first."""
    said = AuditEntry.objects.filter(event=audit_events.CONVERSATION_DISCLOSED, object_id__in=conversation_ids)
    known = AuditEntry.objects.filter(event=audit_events.CONTACT_DISCLOSED, object_id__in=person)
    entries = sorted([*said, *known], key=lambda each: (each.at, each.id))
    began_at = Conversation.objects.filter(id__in=conversation_ids).aggregate(first=Min("created_at"))["first"]
    since = None if began_at is None else trail_expiry.known_since(began_at)
    roles = dict(Membership.objects.filter(id__in={each.actor_id for each in entries}).values_list("id", "role"))
    # Said, so that what is left is not taken for all.
    gone = [] if since is None else [{"at": since.isoformat(), "by": "", "what": NOT_ON_RECORD}]
    return gone + [
        {
            "at": each.at.isoformat(),
            "by": _said_of(each, roles),
            "what": "conversation" if each.event == audit_events.CONVERSATION_DISCLOSED else "details",
        }
        for each in entries
    ]


def archive_of(request_id: UUID) -> DataArchive | None:
    """Return the archive of a request, there or under way."""
    found: DataArchive | None = DataArchive.objects.filter(request_id=request_id).first()
    return found


def handed_over(request_id: UUID, membership: Membership, *, now: datetime) -> tuple[DataArchive, Iterator[bytes]]:
    """Open an archive for a member who hands it over, in pieces; that they do is recorded first.

    Raises:
        NotPermittedError: They may not handle requests.
        NoArchiveError: There is none, or not any more.
        KeyUnavailableError: The visitor was erased.
    """
    require(membership, Capability.HANDLE_REQUESTS)
    archive = archive_of(request_id)
    if archive is None or archive.stored is None or archive.expires_at is None or archive.expires_at <= now:
        raise NoArchiveError
    pieces = sealed_files.opened_archive(archive)
    request = SubjectRequest.objects.get(id=request_id)
    audit.record(
        Actor.member(membership), audit_events.REQUEST_ARCHIVE_TAKEN, request, at=now, bytes=archive.bytes,
        sha256=archive.sha256,
    )  # fmt: skip
    return archive, pieces


def _said_of(entry: AuditEntry, roles: dict[UUID, str]) -> str:
    if entry.actor_kind != ActorKind.MEMBER or entry.actor_id is None:
        return str(ActorKind(entry.actor_kind).label).lower()
    held = roles.get(entry.actor_id)
    return str(Role(held).label).lower() if held is not None else "former member"
