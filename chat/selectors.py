"""Reads of the workspace and of sockets. Nothing here opens an envelope; `chat.disclosure` fills in what was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import redis
from django.db import connection
from django.db.models import QuerySet
from django.urls import reverse

from chat import presence
from chat.models import (
    LIVE,
    Attachment,
    CannedResponse,
    Conversation,
    Finding,
    FormRequest,
    Inbox,
    Message,
    ReadMark,
    VisitorSession,
)
from chat.protocol.relay import PostedEntry
from helpdesk.core import clock
from helpdesk.core.ids import reference
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tenants.selectors import team

KEPT: Final = 10_000
# Long enough that a person who reads and types is still chatting.
CHATTING: Final = timedelta(seconds=20)

_contacts: dict[tuple[UUID, UUID], UUID] = {}


@dataclass(frozen=True, slots=True)
class WidgetInbox:
    """An inbox found by its public key, with its organisation."""

    inbox: Inbox
    tenant: Tenant


def visitor_name(contact_id: UUID) -> str:
    """Return what agents call a visitor who has given no name."""
    return f"Visitor {reference(contact_id)}"


def inbox_for_widget(key: str) -> WidgetInbox | None:
    """Return the inbox of a public widget key; None if there is none or its organisation is suspended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT inbox_id, tenant_id FROM inbox_of_widget(%s)", [key])
        row = cursor.fetchone()
    if row is None:
        return None
    tenant = Tenant.objects.filter(id=row[1]).first()
    if tenant is None or not tenant.is_active:
        return None
    with tenant_scope(tenant):
        inbox: Inbox | None = Inbox.objects.filter(id=row[0]).first()
    return None if inbox is None else WidgetInbox(inbox, tenant)


def visitor_session(hashed: bytes) -> VisitorSession | None:
    """Return the session of a token, run out or not. Call it inside the tenant's scope."""
    found: VisitorSession | None = VisitorSession.objects.filter(token_hash=hashed).select_related("contact").first()
    return found


def contact_of(tenant_id: UUID, conversation_id: UUID) -> UUID | None:
    """Return whose conversation it is, which never changes; None if there is no such conversation.

    What is known may have been erased since: whoever writes by it looks again under the lock.
    """
    if (known := known_contact(tenant_id, conversation_id)) is not None:
        return known
    with tenant_scope(tenant_id):
        found = Conversation.objects.filter(id=conversation_id).values_list("contact_id", flat=True).first()
    if found is not None:
        note_contact(tenant_id, conversation_id, found)
    return found


def known_contact(tenant_id: UUID, conversation_id: UUID) -> UUID | None:
    """Return what `contact_of` returns if this process knows it."""
    return _contacts.get((tenant_id, conversation_id))


def note_contact(tenant_id: UUID, conversation_id: UUID, contact_id: UUID) -> None:
    """Remember whose conversation it is."""
    if len(_contacts) > KEPT:
        _contacts.clear()
    _contacts[tenant_id, conversation_id] = contact_id


def states(ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Return how far conversations have come, and how far the team and the visitor have read; others are left out."""
    read = {(one.conversation_id, one.side): one.sequence for one in ReadMark.objects.filter(conversation_id__in=ids)}
    rows = Conversation.objects.filter(id__in=ids).values_list("id", "last_sequence")
    return {each: (last, read.get((each, "team"), 0), read.get((each, "visitor"), 0)) for each, last in rows}


def latest_of_contact(contact_id: UUID) -> Conversation | None:
    """Return the conversation a returning visitor comes back to: the newest."""
    own = Conversation.objects.of_contact(contact_id).select_related("contact")
    latest: Conversation | None = own.order_by("-created_at", "-id").first()
    return latest


def conversation(conversation_id: UUID) -> Conversation | None:
    """Return a conversation with what a header says of it. Call it inside the tenant's scope."""
    found: Conversation | None = with_people(Conversation.objects.filter(id=conversation_id)).first()
    return found


def with_people(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """Fetch with conversations whom a header or a row names."""
    return conversations.select_related("contact", "assignee__user", "started_by", "inbox", "team")


def entries_after(conversation: Conversation, after: int, limit: int, *, public: bool) -> list[PostedEntry]:
    """Return up to `limit` messages that follow a sequence, oldest first; in the visitor's numbering if `public`."""
    messages = Message.objects.of(conversation.id)
    rows = messages.after_public_sequence(after) if public else messages.after_sequence(after)
    return entries(list(rows[:limit]), conversation.contact_id)


def latest_entries(conversation: Conversation, limit: int, *, before: int | None = None) -> list[PostedEntry]:
    """Return the last messages of a conversation, oldest first; if told, only what precedes the sequence `before`."""
    messages = Message.objects.of(conversation.id)
    rows = (messages if before is None else messages.before_sequence(before)).order_by("-sequence")[:limit]
    return entries(list(reversed(rows)), conversation.contact_id)


def entries(messages: Sequence[Message], contact_id: UUID) -> list[PostedEntry]:
    """Return rows as they travel, with what was masked in them."""
    found: dict[UUID, list[Finding]] = {message.id: [] for message in messages}
    for finding in Finding.objects.filter(message_id__in=found).order_by("start"):
        found[finding.message_id].append(finding)
    return [PostedEntry.of(message, contact_id, found[message.id]) for message in messages]


def read_marks(conversation_id: UUID) -> dict[str, int]:
    """Return how far each side has read, in the full numbering; a side that has read nothing is left out."""
    return dict(ReadMark.objects.filter(conversation_id=conversation_id).values_list("side", "sequence"))


def colleagues(tenant_id: UUID) -> list[tuple[UUID, str]]:
    """Return whom a conversation can be given to."""
    return [(member.id, member.user.name) for member in team(tenant_id)]


def deleted_canned_responses() -> list[CannedResponse]:
    """Return those that can still be brought back, the last deleted first."""
    return list(CannedResponse.objects.exclude(deleted_at=None).order_by("-deleted_at"))


def conversation_url(slug: str, conversation_id: UUID) -> str:
    return reverse("chat:conversation", kwargs={"slug": slug, "conversation_id": conversation_id})


def statuses_of_team(tenant_id: UUID) -> dict[UUID, str] | None:
    """Return what members are to others; None while Valkey does not say. Who is not in it is offline."""
    try:
        return presence.statuses(tenant_id, now=clock.now())
    except redis.RedisError:
        return None


def live_form(conversation_id: UUID) -> FormRequest | None:
    """Return the secure form that is under way in a conversation."""
    rows = FormRequest.objects.filter(conversation_id=conversation_id, state__in=LIVE)
    found: FormRequest | None = rows.select_related("recipient__user").first()
    return found


def has_files(conversation_id: UUID) -> bool:
    """Whether a file was ever sent in a conversation."""
    return bool(Attachment.objects.filter(conversation_id=conversation_id).exists())


def is_chatting(now: datetime) -> bool:
    """Whether something was just said in an open conversation. Call it inside the tenant's scope."""
    return bool(Conversation.objects.open().filter(last_message_at__gt=now - CHATTING).exists())
