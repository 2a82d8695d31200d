"""Ask a visitor to prove who they are, and what either side may do with that: withdraw, decline, end, put away."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.actions import activities, proof_endings
from chat.actions.conversations import locked
from chat.actions.form_requests import NotAssignedError
from chat.delivery.sealed import ConversationNotFoundError, ConversationResolvedError
from chat.models import WAITING, Conversation, ProofRequest, ProofState, VisitorSession
from chat.models.proof import MAX_SCOPE
from chat.permissions import Visitor
from compliance import audit, audit_events, rule_sets, surfaces
from compliance.ingest import ingest
from compliance.masking import MaskedText
from compliance.rule_sets import RuleSetInForce
from compliance.sealed_text import seal_masked
from helpdesk.core.ids import uuid7
from tenants.actors import Actor
from tenants.models import Membership
from tenants.permissions import require
from tenants.roles import Capability

#: How long a visitor has to prove it.
PROVEN_WITHIN: Final = timedelta(minutes=30)
#: What it is for, where somebody asks about their own data.
OF_REQUEST: Final = "What you ask about your own data"


class ProofNotFoundError(Exception):
    """There is no such request for whoever asks."""


class ProofUnderWayError(Exception):
    """One at a time: the visitor is asked already."""


class NoScopeError(Exception):
    """Nobody has said what the proof is for, or at too great length."""


class AddressUnsureError(Exception):
    """The visitor has put the address that is known in another's place, and nobody of the team has looked at it."""


class NotProvenError(Exception):
    """Nobody has proven who they are yet."""


class ProofEndedError(Exception):
    """It is over, or was proven already; `state` says as what."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


@sensitive_variables("scope")
def request_proof(
    *, conversation_id: UUID, scope: str, address_checked: bool = False, actor: Membership, now: datetime
) -> ProofRequest:
    """Ask the visitor of a conversation to prove who they are, for one purpose.

    Args:
        scope: What it is for, as the visitor and colleagues read it: "may discuss account 42".
        address_checked: The member has looked at an address that the visitor put in the place of another.

    Raises:
        NotPermittedError: The member may not.
        NoScopeError: The scope is empty or longer than `MAX_SCOPE`.
        MaskingError: The masker could not finish; nobody was asked.
        ConversationNotFoundError, ConversationResolvedError: There is none, or it has ended.
        NotAssignedError: It is not theirs.
        AddressUnsureError, ProofUnderWayError: As their names say.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    text = " ".join(scope.split())
    if not 0 < len(text) <= MAX_SCOPE:
        raise NoScopeError
    rule_set = rule_sets.current(actor.tenant_id)
    masked = ingest(text, surface=surfaces.PROOF_SCOPE, rule_set=rule_set)
    conversation = locked(conversation_id)
    if not conversation.is_open:
        raise ConversationResolvedError
    if conversation.assignee_id != actor.id:
        raise NotAssignedError
    return _ask(conversation, masked, rule_set, actor, now, address_checked=address_checked)


def request_proof_for_request(*, conversation_id: UUID, actor: Membership, now: datetime) -> ProofRequest:
    """Ask the visitor of a conversation to prove who they are, for what they ask about their own data.

    Whoever handles that need not hold the conversation.

    Raises:
        NotPermittedError: The member may not handle such requests.
        MaskingError, ConversationNotFoundError, ConversationResolvedError, AddressUnsureError, ProofUnderWayError: As
            `request_proof`.
    """
    require(actor, Capability.HANDLE_REQUESTS)
    rule_set = rule_sets.current(actor.tenant_id)
    masked = ingest(OF_REQUEST, surface=surfaces.PROOF_SCOPE, rule_set=rule_set)
    conversation = locked(conversation_id)
    if not conversation.is_open:
        raise ConversationResolvedError
    return _ask(conversation, masked, rule_set, actor, now)


def offer_proof(*, visitor: Visitor, conversation_id: UUID, now: datetime) -> ProofRequest:
    """Let a visitor prove who they are at their own wish, to see to their own data; what is under way is shown again.

    In a conversation that has ended too: what was said in it is theirs still.

    Raises:
        ConversationNotFoundError: It is not theirs.
    """
    conversation = locked(conversation_id)
    if visitor.contact_id is None or conversation.contact_id != visitor.contact_id or visitor.session_id is None:
        raise ConversationNotFoundError
    for proof in proof_endings.locked_proofs(conversation_id=conversation.id, ended_at=None):
        if not proof_endings.settle(proof, now=now):
            proof.is_pinned = True
            proof.save(update_fields=["is_pinned"])
            return proof
    made = _begun(conversation, None, None, None, Actor.visitor(visitor.session_id), now)
    words = "The visitor wants to prove who they are, to see to their own data."
    activities.tell_of(conversation, words, of=made.id, step="asked", now=now)
    return made


def end_proof(*, conversation_id: UUID, proof_id: UUID, actor: Membership, now: datetime) -> ProofRequest:
    """Withdraw a request that waits, or end what was proven.

    Raises:
        NotPermittedError: The member may not.
        ProofNotFoundError: There is no such request in this conversation.
    """
    require(actor, Capability.ANSWER_CONVERSATIONS)
    proof = _locked(proof_id)
    if proof.conversation_id != conversation_id:
        raise ProofNotFoundError
    state = ProofState.CANCELLED if proof.is_waiting else ProofState.ENDED
    why = "" if proof.is_waiting else "member"
    proof_endings.end(proof, state, why=why, actor=Actor.member(actor), now=now)
    return proof


def decline_proof(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Prove nothing.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
    """
    proof = proof_of_visitor(proof_id, contact_id, session_id, now)
    if not proof.is_waiting:
        raise ProofEndedError(proof.state)
    proof_endings.end(proof, ProofState.DECLINED, actor=Actor.visitor(session_id), now=now)
    return proof


def end_own_proof(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Let a visitor end what they have proven.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over.
    """
    proof = proof_of_visitor(proof_id, contact_id, session_id, now)
    if proof.state != ProofState.PROVEN:
        raise ProofEndedError(proof.state)
    proof_endings.end(proof, ProofState.ENDED, why="visitor", actor=Actor.visitor(session_id), now=now)
    return proof


def put_away(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Take the card of what was proven out of the chat; it goes on counting.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was not proven yet.
    """
    proof = proof_of_visitor(proof_id, contact_id, session_id, now)
    if proof.state != ProofState.PROVEN:
        raise ProofEndedError(proof.state)
    proof.is_pinned = False
    proof.save(update_fields=["is_pinned"])
    broadcast.conversation_changed(proof.conversation)
    return proof


def require_proven(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Return what a visitor's browser has proven that still counts: without it, nothing of theirs is handed out.

    Raises:
        ProofNotFoundError: It is not theirs.
        NotProvenError: It was not proven yet.
        ProofEndedError: It is over.
    """
    proof = proof_of_visitor(proof_id, contact_id, session_id, now)
    if proof.is_waiting:
        raise NotProvenError
    if proof.state != ProofState.PROVEN:
        raise ProofEndedError(proof.state)
    return proof


def proof_of_visitor(proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Return what a visitor's browser may act on, locked and looked at.

    Raises:
        ProofNotFoundError: It is not theirs, or the browser is not.
    """
    proof = _locked(proof_id)
    own = VisitorSession.objects.filter(id=session_id, contact_id=contact_id, expires_at__gt=now)
    if proof.contact_id != contact_id or proof.conversation.contact.blocked_at is not None or not own.exists():
        raise ProofNotFoundError
    # What one browser has proven is not another's, though both be of one person.
    if proof.state == ProofState.PROVEN and proof.session_id != session_id:
        raise ProofNotFoundError
    proof_endings.settle(proof, now=now)
    return proof


def _locked(proof_id: UUID) -> ProofRequest:
    found = proof_endings.locked_proofs(id=proof_id)
    if not found:
        raise ProofNotFoundError
    return found[0]


def _ask(
    conversation: Conversation, masked: MaskedText, rule_set: RuleSetInForce, actor: Membership, now: datetime, *,
    address_checked: bool = False,
) -> ProofRequest:  # fmt: skip
    _require_nothing_waits(conversation, now)
    _settle_address(conversation, address_checked, actor, now)
    made = _begun(conversation, masked, rule_set, actor, Actor.member(actor), now)
    words = f"{actor.user.name} asks the visitor to prove who they are: “{masked.text}”."
    activities.tell_of(conversation, words, of=made.id, step="asked", now=now)
    return made


def _require_nothing_waits(conversation: Conversation, now: datetime) -> None:
    for proof in proof_endings.locked_proofs(conversation_id=conversation.id, state__in=WAITING):
        if not proof_endings.settle(proof, now=now):
            raise ProofUnderWayError


def _settle_address(conversation: Conversation, checked: bool, actor: Membership, now: datetime) -> None:
    contact = conversation.contact
    if contact.email_replaced_at is None:
        return
    if not checked:
        raise AddressUnsureError
    contact.email_replaced_at = None
    contact.save(update_fields=["email_replaced_at"])
    audit.record(Actor.member(actor), audit_events.CONTACT_ADDRESS_CHECKED, contact, at=now)


def _begun(
    conversation: Conversation, scope: MaskedText | None, rule_set: RuleSetInForce | None, member: Membership | None,
    actor: Actor, now: datetime,
) -> ProofRequest:  # fmt: skip
    made = ProofRequest(
        id=uuid7(), tenant_id=conversation.tenant_id, conversation=conversation, contact_id=conversation.contact_id,
        asked_by=member, asked_at=now, expires_at=now + PROVEN_WITHIN,
        masked_with=0 if rule_set is None else rule_set.number,
    )  # fmt: skip
    if scope is not None:
        made.scope = seal_masked(ProofRequest.slot(made.tenant_id, made.contact_id, made.id), scope)
    made.save(force_insert=True)
    audit.record(actor, audit_events.PROOF_ASKED, made, at=now, conversation=conversation.id)
    broadcast.conversation_changed(conversation)
    return made
