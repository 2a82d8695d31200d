"""What the workspace's templates are given."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from chat import disclosure, permissions, selectors
from chat.disclosure import Answer, Transcript, transcript
from chat.models import Conversation
from chat.protocol.events import MessagePosted
from chat.selectors import ConversationRow
from tenants.models import Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage(ConversationRow):
    """A conversation as the pane shows it; `messages` are the last ones, oldest first."""

    messages: list[MessagePosted]
    has_earlier: bool
    last_sequence: int
    team: list[tuple[UUID, str]]
    can_post: bool
    can_assign: bool
    socket_url: str
    page: str
    referrer: str
    answers: list[Answer]


def conversation_page(conversation: Conversation, membership: Membership, *, now: datetime) -> ConversationPage:
    """Return the whole pane, its messages opened for the member, which is recorded."""
    return _page(conversation, membership, transcript(conversation, membership, now=now))


def conversation_header(conversation: Conversation, membership: Membership) -> ConversationPage:
    """Return what stands above the messages; opens none of them."""
    return _page(conversation, membership, Transcript([], has_earlier=False))


def _page(conversation: Conversation, membership: Membership, shown: Transcript) -> ConversationPage:
    details = disclosure.details(conversation, membership)
    row = selectors.rows_of([conversation], membership)[0].with_texts("", details.subject)
    can_assign = permissions.may_assign(membership)
    return ConversationPage(
        **{field.name: getattr(row, field.name) for field in fields(ConversationRow)},
        messages=shown.messages,
        has_earlier=shown.has_earlier,
        last_sequence=conversation.last_sequence,
        team=selectors.colleagues(membership.tenant_id) if can_assign else [],
        can_post=permissions.may_answer(membership),
        can_assign=can_assign,
        page=details.page,
        referrer=details.referrer,
        answers=details.answers,
        socket_url=f"/ws/agent/{membership.tenant.slug}/",
    )
