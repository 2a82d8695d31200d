"""What the workspace's templates are given."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chat import permissions, queues, selectors, small_texts, teams
from chat.disclosure import Transcript, name_of, transcript, transcript_beside
from chat.identity import under_way
from chat.models import Conversation, FormRequest, ProofRequest
from chat.protocol.events import MessagePosted
from chat.queues import ConversationRow
from chat.views import file_links
from compliance import disposal
from compliance.models import RecordClass
from helpdesk.core import clock
from tenants.models import Membership
from tenants.permissions import may
from tenants.roles import Capability
from tenants.training import lapsed_members

#: Shown of who can't be given a conversation, since the gate would not let them see it.
UNTRAINED: Final = "training due"


@dataclass(frozen=True, slots=True)
class ShownProof:
    """What a visitor is asked to prove, or has proven; `scope`: what for, opened."""

    proof: ProofRequest
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage(ConversationRow):
    """A conversation as the pane shows it; `messages` are the last ones, oldest first."""

    messages: list[MessagePosted]
    earlier_than: int | None
    last_sequence: int
    read_sequence: int
    seen_sequence: int
    team: list[tuple[UUID, str, str]]
    teams: list[tuple[UUID, str]]
    can_post: bool
    can_assign: bool
    can_transfer: bool
    socket_url: str
    form: FormRequest | None
    proofs: list[ShownProof]
    can_ask: bool
    can_hold: bool
    can_handle_requests: bool
    is_held: bool
    viewer_id: UUID
    files: dict[str, Any] | None
    files_url: str
    has_files: bool

    @property
    def reports_to(self) -> str:
        """Under which address the member reports what masking got wrong in a message; empty for who may not."""
        return self.url if self.can_post else ""


def conversation_page(conversation: Conversation, membership: Membership, *, now: datetime) -> ConversationPage:
    """Return the whole pane, its messages opened for the member, which is recorded."""
    return _page(conversation, membership, transcript(conversation, membership, now=now))


def page_beside(
    rows: Sequence[ConversationRow], conversation: Conversation, membership: Membership, *, now: datetime
) -> tuple[list[ConversationRow], ConversationPage]:
    """Return the rows of a queue and the whole pane beside it, which is recorded as one."""
    opened, shown = transcript_beside(rows, conversation, membership, now=now)
    own = next((row for row in rows if row.id == conversation.id), None)
    return opened, _page(conversation, membership, shown, own)


def conversation_header(conversation: Conversation, membership: Membership) -> ConversationPage:
    """Return what stands above the messages; opens none of them."""
    return _page(conversation, membership, Transcript([]))


def _page(
    conversation: Conversation, membership: Membership, shown: Transcript, own: ConversationRow | None = None
) -> ConversationPage:
    """Make the pane; `own`: the conversation's row, if it was looked up already."""
    row = own or queues.rows_of([conversation], membership)[0]
    named = replace(
        row, visitor_name=name_of(row, membership), subject=small_texts.subject_of(conversation, membership)
    )
    can_assign = permissions.may_assign(membership) and permissions.oversees(membership, conversation)
    can_post = permissions.may_answer(membership)
    marks = selectors.read_marks(conversation.id)
    return ConversationPage(
        **{field.name: getattr(named, field.name) for field in fields(ConversationRow)},
        messages=shown.messages,
        earlier_than=shown.earlier_than,
        last_sequence=conversation.last_sequence,
        read_sequence=marks.get("team", 0),
        seen_sequence=marks.get("visitor", 0),
        team=_team(membership.tenant_id) if can_assign else [],
        teams=[(team.id, team.name) for team in teams.live()] if can_post else [],
        can_post=can_post,
        can_assign=can_assign,
        can_transfer=can_post and (can_assign or named.assignee_id in (None, membership.id)),
        socket_url=f"/ws/agent/{membership.tenant.slug}/",
        form=selectors.live_form(conversation.id),
        proofs=shown_proofs(conversation, membership),
        can_ask=permissions.may_request_forms(membership),
        can_hold=may(membership, Capability.PLACE_HOLDS),
        can_handle_requests=may(membership, Capability.HANDLE_REQUESTS),
        is_held=disposal.is_held(RecordClass.CONVERSATION, conversation.id),
        viewer_id=membership.id,
        files=file_links.offer_of(membership.tenant) if can_post else None,
        files_url=file_links.handed_over_at(),
        has_files=selectors.has_files(conversation.id),
    )


def shown_proofs(conversation: Conversation, membership: Membership) -> list[ShownProof]:
    """Return what is under way of who the visitor is, for a member."""
    live = under_way.of_conversation(conversation.id, clock.now())
    return [ShownProof(proof, small_texts.scope_of(proof, membership)) for proof in live]


def _team(tenant_id: UUID) -> list[tuple[UUID, str, str]]:
    """Whom a conversation can be given to, and what they are to others, where that can be said."""
    there, lapsed = selectors.statuses_of_team(tenant_id), lapsed_members(before=clock.now())
    return [
        (member, name, UNTRAINED if member in lapsed else "" if there is None else there.get(member, "offline"))
        for member, name in selectors.colleagues(tenant_id)
    ]
