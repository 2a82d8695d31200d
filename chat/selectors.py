"""Reads of the workspace and of sockets. Nothing here opens an envelope; `chat.disclosure` fills in what was said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import redis
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from chat import presence
from chat.identity import under_way
from chat.identity.standing import ANONYMOUS, Standing, standings_of
from chat.models import (
    FOR_BROWSER,
    LIVE,
    Attachment,
    AuthorKind,
    CannedResponse,
    Conversation,
    Finding,
    FormRequest,
    FormState,
    Inbox,
    Message,
    ReadMark,
    VisitorSession,
)
from chat.protocol.relay import PostedEntry
from chat.querysets import ConversationQuerySet
from helpdesk.core import clock
from helpdesk.core.ids import reference
from tenants.models import Membership, Tenant
from tenants.permissions import may
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.selectors import team

QUEUES: Final = ("mine", "teams", "unassigned", "open", "resolved")
ROWS: Final = 100

KEPT: Final = 10_000
# Long enough that a person who reads and types is still chatting.
CHATTING: Final = timedelta(seconds=20)

_contacts: dict[tuple[UUID, UUID], UUID] = {}


@dataclass(frozen=True, slots=True)
class WidgetInbox:
    """An inbox found by its public key, with its organisation."""

    inbox: Inbox
    tenant: Tenant


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as the list shows it. `last_line`, `subject` and a known name are filled in by disclosure."""

    id: UUID
    tenant_id: UUID
    contact_id: UUID
    reference: str
    visitor_name: str
    status: str
    assignee_name: str | None
    assignee_id: UUID | None
    is_mine: bool
    last_author_kind: str
    last_message_at: datetime
    waiting_since: datetime | None
    message_count: int
    is_blocked: bool
    is_restricted: bool
    url: str
    started_at: datetime
    origin: str
    team_id: UUID | None = None
    team_name: str = ""
    sealed_subject: bytes | None = None
    last_entry: PostedEntry | None = None
    sealed_name: bytes | None = None
    unread: int = 0
    # The state of a secure form that is under way.
    form_state: str = ""
    # How sure one can be of who writes.
    standing: Standing = ANONYMOUS
    # Differs when what the visitor is asked to prove, or has proven, does.
    proof_mark: str = ""
    # Of who holds it; empty while that can't be said.
    assignee_status: str = ""
    last_line: str = ""
    subject: str = ""


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
    found: Conversation | None = _with_people(Conversation.objects.filter(id=conversation_id)).first()
    return found


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


def queue_rows(queue: str, membership: Membership) -> list[ConversationRow]:
    """Return a queue: who waits longest first; resolved ones newest first."""
    conversations = _queue(queue, membership)
    ordered = conversations.newest_resolved() if queue == "resolved" else conversations.waiting_longest()
    return rows_of(list(_with_people(ordered)[:ROWS]), membership)


def row_in_queue(queue: str, conversation_id: UUID, membership: Membership) -> ConversationRow | None:
    """Return one row if the queue holds it; of an unknown queue, if there is such a conversation at all."""
    conversations = _queue(queue, membership) if queue in QUEUES else _for(membership, Conversation.objects.all())
    found = _with_people(conversations.filter(id=conversation_id)).first()
    return None if found is None else rows_of([found], membership)[0]


def queue_counts(membership: Membership) -> dict[str, int]:
    """Return how many conversations each queue holds."""
    return {queue: _queue(queue, membership).count() for queue in QUEUES}


def rows_of(conversations: Sequence[Conversation], membership: Membership) -> list[ConversationRow]:
    """Return list rows, each with its last message still sealed."""
    last, unread = _last_entries(conversations), _unread(conversations)
    forms, proofs = _forms_of(conversations), under_way.marks(conversations)
    standings = standings_of(conversations, clock.now())
    holds = {conversation.assignee_id for conversation in conversations if conversation.assignee_id is not None}
    there = statuses_of_team(membership.tenant_id) if holds - {membership.id} else None
    return [
        replace(
            _row(conversation, membership, last.get(conversation.id)),
            unread=unread.get(conversation.id, 0),
            form_state=forms.get(conversation.id, ""),
            standing=standings[conversation.id],
            proof_mark=proofs.get(conversation.id, ""),
            assignee_status=_status_of(conversation.assignee_id, there),
        )
        for conversation in conversations
    ]


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


def _for(membership: Membership, conversations: ConversationQuerySet) -> ConversationQuerySet:
    """What is not to be used is there for those alone who handle what visitors ask about their data."""
    return conversations if may(membership, Capability.HANDLE_REQUESTS) else conversations.in_use()


def _queue(queue: str, membership: Membership) -> ConversationQuerySet:
    # Nobody has said anything in a conversation without messages: its first one is on its way.
    begun = _for(membership, Conversation.objects.begun())
    if queue == "resolved":
        return begun.resolved()
    if queue == "teams":
        return begun.open().of_teams_of(membership.id)
    if queue == "mine":
        return begun.open().assigned_to(membership.id)
    return begun.open().unassigned() if queue == "unassigned" else begun.open()


def _with_people(conversations: QuerySet[Conversation]) -> QuerySet[Conversation]:
    return conversations.select_related("contact", "assignee__user", "started_by", "inbox", "team")


def _last_entries(conversations: Sequence[Conversation]) -> dict[UUID, PostedEntry]:
    contacts = {conversation.id: conversation.contact_id for conversation in conversations}
    wanted = Q()
    for conversation in conversations:
        wanted |= Q(conversation_id=conversation.id, sequence=conversation.last_sequence)
    rows = Message.objects.filter(wanted) if conversations else []
    return {row.conversation_id: PostedEntry.of(row, contacts[row.conversation_id], []) for row in rows}


def statuses_of_team(tenant_id: UUID) -> dict[UUID, str] | None:
    """Return what members are to others; None while Valkey does not say. Who is not in it is offline."""
    try:
        return presence.statuses(tenant_id, now=clock.now())
    except redis.RedisError:
        return None


def _status_of(membership_id: UUID | None, there: dict[UUID, str] | None) -> str:
    return "" if there is None or membership_id is None else there.get(membership_id, "offline")


def _unread(conversations: Sequence[Conversation]) -> dict[UUID, int]:
    """Return how many messages of the visitor's whoever answers has not seen; a conversation without is left out."""
    ids = [conversation.id for conversation in conversations]
    marks = ReadMark.objects.filter(conversation_id__in=ids, side="team").values_list("conversation_id", "sequence")
    read = dict(marks)
    wanted = Q()
    for conversation in conversations:
        if (after := read.get(conversation.id, 0)) < conversation.last_sequence:
            wanted |= Q(conversation_id=conversation.id, sequence__gt=after)
    if not wanted:
        return {}
    rows = Message.objects.filter(wanted, author_kind=AuthorKind.VISITOR).values("conversation_id")
    return dict(rows.annotate(count=Count("id")).values_list("conversation_id", "count"))


def live_form(conversation_id: UUID) -> FormRequest | None:
    """Return the secure form that is under way in a conversation."""
    rows = FormRequest.objects.filter(conversation_id=conversation_id, state__in=LIVE)
    found: FormRequest | None = rows.select_related("recipient__user").first()
    return found


def has_files(conversation_id: UUID) -> bool:
    """Whether a file was ever sent in a conversation."""
    return bool(Attachment.objects.filter(conversation_id=conversation_id).exists())


def _forms_of(conversations: Sequence[Conversation]) -> dict[UUID, str]:
    live = FormRequest.objects.filter(conversation_id__in=[each.id for each in conversations], state__in=LIVE)
    # What goes to the organisation's own system waits for nobody here to read it.
    return {
        conversation_id: state if handling in FOR_BROWSER or state != FormState.SUBMITTED else FormState.FORWARDING
        for conversation_id, state, handling in live.values_list("conversation_id", "state", "handling")
    }


def _row(conversation: Conversation, membership: Membership, last: PostedEntry | None) -> ConversationRow:
    assignee, team = conversation.assignee, conversation.live_team
    return ConversationRow(
        id=conversation.id,
        tenant_id=conversation.tenant_id,
        contact_id=conversation.contact_id,
        reference=conversation.reference,
        visitor_name=visitor_name(conversation.contact_id),
        status=conversation.status,
        assignee_name=assignee.user.name if assignee is not None else None,
        assignee_id=conversation.assignee_id,
        is_mine=conversation.assignee_id == membership.id,
        last_author_kind=last.author_kind if last is not None else "",
        last_message_at=conversation.last_message_at or conversation.created_at,
        waiting_since=conversation.waiting_since,
        message_count=conversation.last_sequence,
        is_blocked=conversation.contact.blocked_at is not None,
        is_restricted=conversation.contact.restricted_at is not None,
        url=conversation_url(membership.tenant.slug, conversation.id),
        started_at=conversation.created_at,
        origin=conversation.started_by.origin if conversation.started_by is not None else "",
        team_id=team.id if team is not None else None,
        team_name=team.name if team is not None else "",
        sealed_subject=conversation.subject,
        last_entry=last,
        sealed_name=conversation.contact.sealed("name"),
    )


def is_chatting(now: datetime) -> bool:
    """Whether something was just said in an open conversation. Call it inside the tenant's scope."""
    return bool(Conversation.objects.open().filter(last_message_at__gt=now - CHATTING).exists())
