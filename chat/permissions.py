"""Who is at the other end, and what they may read and do: capability plus facts of the conversation."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from chat import teams
from chat.models import AuthorKind, Conversation, MessageKind, Team
from tenants.models import Membership
from tenants.permissions import NotPermittedError, may, require
from tenants.roles import Capability

if TYPE_CHECKING:
    from chat.protocol.relay import PostedEntry


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser in a widget. Before its first conversation nothing of it is stored: no session, no contact."""

    tenant_id: UUID
    inbox_id: UUID
    token_hash: bytes
    origin: str = ""
    session_id: UUID | None = None
    contact_id: UUID | None = None


Viewer = Visitor | Membership


def require_reader(viewer: Viewer, entry: "PostedEntry") -> None:
    """Let a viewer read one message.

    Raises:
        NotPermittedError: It is of another tenant, of another visitor, a note and the viewer is a visitor, or the
            member may not read conversations.
    """
    if viewer.tenant_id != entry.tenant_id:
        raise NotPermittedError("tenant")
    if isinstance(viewer, Visitor):
        if viewer.contact_id is None or viewer.contact_id != entry.contact_id or entry.kind == MessageKind.NOTE:
            raise NotPermittedError("message")
        return
    require(viewer, Capability.READ_CONVERSATIONS)


def require_own(visitor: Visitor, tenant_id: UUID, contact_id: UUID) -> None:
    """Let a visitor read what is kept of themselves.

    Raises:
        NotPermittedError: It is another organisation's, or somebody else's.
    """
    if visitor.tenant_id != tenant_id or visitor.contact_id != contact_id:
        raise NotPermittedError("contact")


def require_member_reader(membership: Membership, tenant_id: UUID) -> None:
    """Let a member read what belongs to the conversations of an organisation.

    Raises:
        NotPermittedError: It is another organisation's, or the member may not read conversations.
    """
    if membership.tenant_id != tenant_id:
        raise NotPermittedError("tenant")
    require(membership, Capability.READ_CONVERSATIONS)


def require_author(viewer: Viewer, kind: str) -> None:
    """Let a viewer write a message of this kind; whether the conversation takes it is seen under its lock.

    Raises:
        NotPermittedError: A visitor wrote a note, or the member may not answer.
    """
    if isinstance(viewer, Visitor):
        if kind != MessageKind.PUBLIC:
            raise NotPermittedError("kind")
        return
    require(viewer, Capability.ANSWER_CONVERSATIONS)


def may_answer(membership: Membership) -> bool:
    return may(membership, Capability.ANSWER_CONVERSATIONS)


def may_open(membership: Membership, conversation: Conversation) -> bool:
    """Whether a conversation is not restricted for a member."""
    return conversation.contact.restricted_at is None or may_open_restricted(membership)


def may_open_restricted(membership: Membership) -> bool:
    """Whether a member is there for what visitors ask about their data."""
    return may(membership, Capability.HANDLE_REQUESTS)


def may_request_forms(membership: Membership) -> bool:
    return may(membership, Capability.REQUEST_FORMS)


def may_assign(membership: Membership) -> bool:
    return may(membership, Capability.ASSIGN_CONVERSATIONS)


def author_kind(viewer: Viewer) -> AuthorKind:
    """Return as what a viewer writes."""
    return AuthorKind.VISITOR if isinstance(viewer, Visitor) else AuthorKind.AGENT


def require_oversight(actor: Membership, conversation: Conversation) -> None:
    """Let an act pass on a conversation that a colleague holds, or on who holds it, by somebody who may assign.

    A supervisor who belongs to teams oversees those teams' conversations and those of none; one of no team, and who
    manages teams, oversees all.

    Raises:
        NotPermittedError: The conversation is another team's.
    """
    if not oversees(actor, conversation):
        raise NotPermittedError("team")


def oversees(actor: Membership, conversation: Conversation) -> bool:
    """Whether a conversation is of a member's own teams, of none, or of any where they belong to none."""
    team = conversation.live_team
    if team is None or may(actor, Capability.MANAGE_TEAMS):
        return True
    own = teams.of_member(actor.id)
    return not own or team.id in own


def require_tender(actor: Membership, team: Team, member_id: UUID) -> None:
    """Let a change of who belongs to a team pass: by who manages teams, or by a supervisor of that team.

    Nobody tends their own place: a supervisor in no team would oversee all.

    Raises:
        NotPermittedError: The member may not.
    """
    if may(actor, Capability.MANAGE_TEAMS):
        return
    require(actor, Capability.ASSIGN_CONVERSATIONS)
    if member_id == actor.id or team.id not in teams.of_member(actor.id):
        raise NotPermittedError("team")
