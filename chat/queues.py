"""Queues of the workspace: their rows, each with its last message still sealed, which `chat.disclosure` opens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Q

from chat import selectors
from chat.identity import under_way
from chat.identity.standing import ANONYMOUS, Standing, standings_of
from chat.models import (
    FOR_BROWSER,
    LIVE,
    AuthorKind,
    Conversation,
    ConversationStatus,
    FormRequest,
    FormState,
    Message,
    ReadMark,
    TeamMember,
)
from chat.protocol.relay import PostedEntry
from chat.querysets import ConversationQuerySet
from helpdesk.core import clock
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability

QUEUES: Final = ("mine", "teams", "unassigned", "open", "resolved")
ROWS: Final = 100


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


def rows_in(queue: str, membership: Membership) -> list[ConversationRow]:
    """Return a queue: who waits longest first; resolved ones newest first."""
    conversations = _queue(queue, membership)
    ordered = conversations.newest_resolved() if queue == "resolved" else conversations.waiting_longest()
    return rows_of(list(selectors.with_people(ordered)[:ROWS]), membership)


def row_in(queue: str, conversation_id: UUID, membership: Membership) -> ConversationRow | None:
    """Return one row if the queue holds it; of an unknown queue, if there is such a conversation at all."""
    conversations = _queue(queue, membership) if queue in QUEUES else _for(membership, Conversation.objects.all())
    found = selectors.with_people(conversations.filter(id=conversation_id)).first()
    return None if found is None else rows_of([found], membership)[0]


def counts(membership: Membership) -> dict[str, int]:
    """Return how many conversations each queue holds: by one statement, since every page of the workspace says it."""
    held = {queue: Count("id", filter=_condition(queue, membership)) for queue in QUEUES}
    return _begun(membership).aggregate(**held)


def rows_of(conversations: Sequence[Conversation], membership: Membership) -> list[ConversationRow]:
    """Return list rows, each with its last message still sealed."""
    last, unread = _last_entries(conversations), _unread(conversations)
    forms, proofs = _forms_of(conversations), under_way.marks(conversations)
    standings = standings_of(conversations, clock.now())
    holds = {conversation.assignee_id for conversation in conversations if conversation.assignee_id is not None}
    there = selectors.statuses_of_team(membership.tenant_id) if holds - {membership.id} else None
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


def _for(membership: Membership, conversations: ConversationQuerySet) -> ConversationQuerySet:
    """What is not to be used is there for those alone who handle what visitors ask about their data."""
    return conversations if may(membership, Capability.HANDLE_REQUESTS) else conversations.in_use()


def _begun(membership: Membership) -> ConversationQuerySet:
    # Nobody has said anything in a conversation without messages: its first one is on its way.
    return _for(membership, Conversation.objects.begun())


def _queue(queue: str, membership: Membership) -> ConversationQuerySet:
    return _begun(membership).filter(_condition(queue, membership))


def _condition(queue: str, membership: Membership) -> Q:
    """Return which conversations a queue holds. Nothing in it is joined, by which one would be counted twice."""
    if queue == "resolved":
        return Q(status=ConversationStatus.RESOLVED)
    of_queue = {
        "mine": Q(assignee_id=membership.id),
        "teams": Q(
            team_id__in=TeamMember.objects.filter(membership_id=membership.id, team__deleted_at=None).values("team_id")
        ),
        "unassigned": Q(assignee_id=None),
        "open": Q(),
    }
    return Q(status=ConversationStatus.OPEN) & of_queue[queue]


def _last_entries(conversations: Sequence[Conversation]) -> dict[UUID, PostedEntry]:
    contacts = {conversation.id: conversation.contact_id for conversation in conversations}
    wanted = Q()
    for conversation in conversations:
        wanted |= Q(conversation_id=conversation.id, sequence=conversation.last_sequence)
    rows = Message.objects.filter(wanted) if conversations else []
    return {row.conversation_id: PostedEntry.of(row, contacts[row.conversation_id], []) for row in rows}


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
        visitor_name=selectors.visitor_name(conversation.contact_id),
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
        url=selectors.conversation_url(membership.tenant.slug, conversation.id),
        started_at=conversation.created_at,
        origin=conversation.started_by.origin if conversation.started_by is not None else "",
        team_id=team.id if team is not None else None,
        team_name=team.name if team is not None else "",
        sealed_subject=conversation.subject,
        last_entry=last,
        sealed_name=conversation.contact.sealed("name"),
    )
