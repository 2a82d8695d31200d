"""What a screen is told of the files in its conversation: where each stands, and a pass for those that are ready."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from chat import file_disclosure
from chat.file_disclosure import FileViewer
from chat.files.kinds import KINDS
from chat.files.passes import FilePass
from chat.files.rules import REASONS, FileRules
from chat.models import Attachment, FileKind, FileState
from chat.permissions import Visitor
from tenants.http import MemberRequest
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.sessions import session_of

#: Loaded by the script that shows files.
STYLE: Final = "chat/css/files.css"
#: What a page needs that shows files: they come from another origin, and pictures lie in its memory alone.
CSP: Final = {
    "connect-src": ["'self'", settings.FILES_ORIGIN],
    "img-src": ["'self'", "data:", "blob:"],
}
WORDS: Final = {
    FileState.CHECKING: "Being checked…",
    FileState.HELD: "Waiting for the virus scanner…",
    FileState.READY: "",
    FileState.REMOVED: "Removed.",
}


def offer_of(tenant: Tenant) -> dict[str, Any] | None:
    """Return what may be sent to an organisation, for its pages to say beforehand; None where nothing may."""
    with tenant_scope(tenant):
        rules = FileRules.of(tenant)
    if not rules.accepted:
        return None
    pictures = "Pictures, PDF" if any(kind.is_picture for kind in rules.accepted) else "PDF"
    return {
        "accept": ",".join(kind.media_type.partition(";")[0] for kind in rules.accepted),
        "most": rules.most_bytes,
        "told": f"{pictures} or text, up to {rules.most_bytes // 1_000_000} MB",
        "captures": any(kind.is_picture for kind in rules.accepted),
    }


def handed_over_at() -> str:
    """Return the address at which files are handed over."""
    return f"{settings.FILES_URL}{reverse('chat:hand_over_file')}"


def files_for_visitor(
    visitor: Visitor, conversation: Mapping[str, Any] | None, *, now: datetime
) -> list[dict[str, Any]]:
    """Return the files of the conversation that a visitor's chat begins with, the newest first."""
    if conversation is None or visitor.session_id is None or visitor.contact_id is None:
        return []
    viewer = FileViewer(is_visitor=True, id=visitor.contact_id, session_id=visitor.session_id)
    with tenant_scope(visitor.tenant_id):
        return _told(UUID(conversation["id"]), viewer, now)


def files_for_member(request: MemberRequest, conversation_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """Return the files of a conversation for a member. Call it inside the scope."""
    session = session_of(request)
    if session is None:
        return []
    return _told(conversation_id, FileViewer(is_visitor=False, id=request.membership.id, session_id=session.id), now)


def _told(conversation_id: UUID, viewer: FileViewer, now: datetime) -> list[dict[str, Any]]:
    return [
        _one(sequence, attachment, viewer, now)
        for sequence, attachment in file_disclosure.listed(conversation_id, viewer)
    ]


def _one(sequence: int, attachment: Attachment, viewer: FileViewer, now: datetime) -> dict[str, Any]:
    state = FileState(attachment.state)
    told: dict[str, Any] = {
        "id": str(attachment.id),
        "sequence": sequence,
        "state": state,
        "text": REASONS.get(attachment.why, "") or WORDS.get(state, ""),
        "bytes": attachment.bytes,
        "is_picture": KINDS[FileKind(attachment.kind)].is_picture,
    }
    if state == FileState.READY:
        shown = FilePass(
            attachment.tenant_id, attachment.id, "visitor" if viewer.is_visitor else "member", viewer.id,
            viewer.session_id,
        )  # fmt: skip
        told["pass"] = shown.issue(now=now)
    return told
