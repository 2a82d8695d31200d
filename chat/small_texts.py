"""Small texts opened for those who may read them: subjects, answers before a chat, canned responses, questions.

Call these inside the tenant's scope.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chat import permissions
from chat.disclosure import opened
from chat.models import (
    CannedResponse,
    Conversation,
    Inbox,
    PreChatAnswer,
    PreChatField,
    PreChatKind,
    ProofRequest,
    Rating,
)
from chat.models.rating import GOOD
from chat.permissions import Visitor
from compliance.models import SubjectRequest
from tenants.models import Membership
from tenants.permissions import NotPermittedError, require
from tenants.roles import Capability


@dataclass(frozen=True, slots=True)
class Answer:
    """What a visitor answered before the first message."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of a conversation besides its messages; empty texts for what is not."""

    subject: str
    page: str
    referrer: str
    answers: list[Answer]
    rating: "RatingShown | None" = None


@dataclass(frozen=True, slots=True)
class RatingShown:
    """What a visitor said of a conversation that is over; an empty comment if they said no more."""

    words: str
    is_good: bool
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Canned:
    """A canned response."""

    id: UUID
    shortcut: str
    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What the widget asks before the first message."""

    id: UUID
    key: str
    kind: str
    label: str
    is_required: bool


def subject_of(conversation: Conversation, membership: Membership) -> str:
    """Open the subject of a conversation, for those who may read it."""
    permissions.require_member_reader(membership, conversation.tenant_id)
    return _conversation_text(conversation, "subject")


def details(conversation: Conversation, membership: Membership) -> Details:
    """Open what is known of a conversation besides its messages; the page or export it is for is what is recorded."""
    permissions.require_member_reader(membership, conversation.tenant_id)
    return _details(conversation)


def own_details(conversation: Conversation, visitor: Visitor) -> Details:
    """Open for a visitor what they gave before their conversation; what agents call it is not theirs.

    Raises:
        NotPermittedError: It is another's.
    """
    permissions.require_own(visitor, conversation.tenant_id, conversation.contact_id)
    return replace(_details(conversation), subject="")


def _details(conversation: Conversation) -> Details:
    answers = [
        Answer(_answer_text(row, "label", row.label), _answer_text(row, "value", row.value))
        for row in PreChatAnswer.objects.filter(conversation=conversation).order_by("position")
    ]
    return Details(
        subject=_conversation_text(conversation, "subject"),
        page=_conversation_text(conversation, "page"),
        referrer=_conversation_text(conversation, "referrer"),
        answers=answers,
        rating=_rating(conversation),
    )


def scope_of(proof: ProofRequest, membership: Membership) -> str:
    """Open what a proof is asked for, for those who may read the conversation; empty for a visitor's own data."""
    permissions.require_member_reader(membership, proof.tenant_id)
    return _scope_text(proof)


def scope_for_visitor(proof: ProofRequest) -> str:
    """Open the same for the visitor of whom it is asked, whose browser has shown that it is theirs."""
    return _scope_text(proof)


def canned_responses(membership: Membership) -> list[Canned]:
    """Open the organisation's canned responses, by short name."""
    require(membership, Capability.ANSWER_CONVERSATIONS)
    rows = CannedResponse.objects.filter(deleted_at=None).order_by("shortcut")
    return [Canned(row.id, row.shortcut, _canned_text(row), row.changed_at) for row in rows]


def canned_response(canned_response_id: UUID, membership: Membership) -> Canned | None:
    """Open one canned response; None if there is none."""
    require(membership, Capability.ANSWER_CONVERSATIONS)
    row = CannedResponse.objects.filter(id=canned_response_id, deleted_at=None).first()
    return None if row is None else Canned(row.id, row.shortcut, _canned_text(row), row.changed_at)


def pre_chat_questions(inbox: Inbox) -> list[Question]:
    """Open what the widget asks before the first message; the organisation shows it to everyone."""
    rows = PreChatField.objects.filter(inbox=inbox).order_by("position", "id")
    return [Question(row.id, row.key, row.kind, _question_label(row), row.is_required) for row in rows]


def words_of_request(request: SubjectRequest, membership: Membership) -> str:
    """Open what a visitor wrote about their data, for those who handle that; empty if nothing, or not any more.

    Raises:
        NotPermittedError: The member may not handle requests, or is of another organisation.
    """
    require(membership, Capability.HANDLE_REQUESTS)
    if request.tenant_id != membership.tenant_id:
        raise NotPermittedError("tenant")
    if request.words is None or request.contact_id is None:
        return ""
    return opened(SubjectRequest.slot(request.tenant_id, request.contact_id, request.id), request.words)


def _rating(conversation: Conversation) -> RatingShown | None:
    row = Rating.objects.filter(conversation=conversation).first()
    if row is None:
        return None
    comment = opened(Rating.slot(row.tenant_id, row.contact_id, row.id), row.comment)
    return RatingShown(row.words, row.value >= GOOD, comment, row.changed_at)


def _conversation_text(conversation: Conversation, column: str) -> str:
    slot = Conversation.slot(conversation.tenant_id, conversation.contact_id, column, conversation.id)
    return opened(slot, getattr(conversation, column))


def _scope_text(proof: ProofRequest) -> str:
    return opened(ProofRequest.slot(proof.tenant_id, proof.contact_id, proof.id), proof.scope)


def _answer_text(row: PreChatAnswer, column: str, sealed: bytes) -> str:
    return opened(PreChatAnswer.slot(row.tenant_id, row.contact_id, column, row.id), sealed)


def _canned_text(row: CannedResponse) -> str:
    return opened(CannedResponse.slot(row.tenant_id, row.id), row.text)


def _question_label(row: PreChatField) -> str:
    if row.kind != PreChatKind.CUSTOM:
        return str(PreChatKind(row.kind).label)
    return opened(PreChatField.slot(row.tenant_id, row.id), row.label)
