"""A file in a conversation, ready to be handed over, and who would be handed it."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from chat.files import sealed
from chat.files.passes import FilePass
from chat.models import Attachment, FileState, Message
from helpdesk.core.ids import uuid7
from tenants.models import Membership

FOR_EVER: Final = datetime.max.replace(year=2200, tzinfo=UTC)


def a_file(message: Message, contact_id: UUID, word: str, now: datetime) -> Attachment:
    """One that a message carries, with a word in it."""
    attachment_id, content = uuid7(), f"The file of {word}".encode()
    stored, key = sealed.put(message.tenant_id, contact_id, attachment_id, content)
    made: Attachment = Attachment.objects.create(
        id=attachment_id, tenant_id=message.tenant_id, conversation_id=message.conversation_id, message=message,
        kind="text", bytes=len(content), stored=stored, key=key, state=FileState.READY, uploaded_at=now, settled_at=now,
    )  # fmt: skip
    return made


def pass_of_visitor(tenant_id: UUID, attachment_id: UUID, contact_id: UUID, session_id: UUID) -> FilePass:
    """What the visitor's chat would show."""
    return FilePass(tenant_id, attachment_id, "visitor", contact_id, session_id)


def pass_of_member(member: Membership, tenant_id: UUID, attachment_id: UUID, session_id: UUID) -> FilePass:
    """What a member's screen would show, if they may have it or not."""
    return FilePass(tenant_id, attachment_id, "member", member.id, session_id)
