"""Prove it by a code: mailed to the address that is known, or made by an app. A try counts before it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.views.decorators.debug import sensitive_variables

from chat import broadcast
from chat.actions import activities, proof_endings, subject_requests
from chat.actions.proofs import ProofEndedError, proof_of_visitor
from chat.identity import codes
from chat.models import Contact, ProofMethod, ProofRequest, ProofState, VisitorFactor
from chat.models.proof import TRIES
from compliance import audit, audit_events
from helpdesk.core.ratelimit import Limit
from tenants import policies
from tenants.actors import Actor
from tenants.policy_names import PROOF_LASTS

#: How many codes are sent to one contact, to one address of whomever it may be, and for one network.
CODES: Final = Limit("chat.code", burst=3, per_s=1 / 300)
CODES_BY_ADDRESS: Final = Limit("chat.code_by_address", burst=5, per_s=1 / 900)
CODES_BY_NETWORK: Final = Limit("chat.code_by_network", burst=20, per_s=1 / 60)


class NoAddressError(Exception):
    """No e-mail address of the visitor's is known that a code could be sent to."""


class CoolingDownError(Exception):
    """Too many wrong codes came: none is sent or looked at until `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try. `left`: tries there are still. `until`: when the next is looked at, or the proof ends."""

    outcome: Literal["proven", "wrong", "late", "locked", "copied"]
    proof: ProofRequest
    left: int = 0
    until: datetime | None = None


def has_address(contact: Contact) -> bool:
    """Whether a code can be sent: an address is known, and the visitor has not put it in another's place unseen."""
    return contact.email is not None and contact.email_token is not None and contact.email_replaced_at is None


def make_code(*, proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> tuple[ProofRequest, str]:
    """Make a code to be sent to the contact's address, in place of the one before; return it, which is kept nowhere.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
        NoAddressError: None is known.
        CoolingDownError: Too many wrong ones came of late.
    """
    proof = waiting(proof_id, contact_id, session_id, now)
    contact = proof.conversation.contact
    if not has_address(contact):
        raise NoAddressError
    if (until := locked_factor(contact_id, proof.tenant_id).locked_until(now)) is not None:
        raise CoolingDownError(until)
    code = codes.new_code()
    proof.state, proof.session_id = ProofState.SENT, session_id
    proof.code_hash = codes.hashed(code, tenant_id=proof.tenant_id, request_id=proof.id)
    proof.code_until, proof.address_token = now + codes.CODE_LASTS, bytes(contact.email_token)
    proof.expires_at = max(proof.expires_at, proof.code_until)
    proof.save(update_fields=["state", "session_id", "code_hash", "code_until", "address_token", "expires_at"])
    audit.record(Actor.visitor(session_id), audit_events.PROOF_CODE_SENT, proof, at=now)
    broadcast.conversation_changed(proof.conversation)
    return proof, code


@sensitive_variables("code")
def try_code(*, proof_id: UUID, contact_id: UUID, session_id: UUID, code: str, now: datetime) -> Tried:
    """Take a code that was mailed. A wrong one is told by what is returned, so that the count of it stays.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
    """
    proof = waiting(proof_id, contact_id, session_id, now)
    is_late = not _is_in_time(proof, session_id, now)
    kept = bytes(proof.code_hash or b"")
    if is_late and locked_factor(contact_id, proof.tenant_id).locked_until(now) is None:
        # There is nothing to guess at, so this is no guess.
        proof.forget_code()
        proof.save(update_fields=["state", "code_hash", "code_until", "address_token"])
        return Tried("late", proof)

    def is_right(_: VisitorFactor) -> bool:
        return codes.is_code(code, kept, tenant_id=proof.tenant_id, request_id=proof.id)

    return tried(proof, session_id, ProofMethod.MAIL, is_right, now)


def tried(
    proof: ProofRequest, session_id: UUID, method: ProofMethod, is_right: Callable[[VisitorFactor], bool], now: datetime
) -> Tried:
    """Count a try, then look at it, both under the lock of the contact's row: of a hundred at once five get through."""
    factor = locked_factor(proof.contact_id, proof.tenant_id)
    if (until := factor.locked_until(now)) is not None:
        return Tried("locked", proof, until=until)
    _count(factor, now)
    actor = Actor.visitor(session_id)
    if is_right(factor):
        factor.tries = 0
        factor.save(update_fields=["tries", "last_step"])
        return _proven(proof, session_id, method, actor, now)
    audit.record(actor, audit_events.PROOF_FAILED, proof, at=now, method=str(method), tries=factor.tries)
    if factor.tries < TRIES:
        return Tried("wrong", proof, left=TRIES - factor.tries)
    proof.forget_code()
    proof.save(update_fields=["state", "code_hash", "code_until", "address_token"])
    audit.record(actor, audit_events.PROOF_LOCKED, proof, at=now, method=str(method))
    words = f"{TRIES} tries to prove who the visitor is were wrong. None is looked at for a quarter of an hour."
    activities.tell_of(proof.conversation, words, of=proof.id, step=f"locked {factor.tried_at}", now=now)
    broadcast.conversation_changed(proof.conversation)
    return Tried("locked", proof, until=factor.locked_until(now))


def locked_factor(contact_id: UUID, tenant_id: UUID) -> VisitorFactor:
    """Return what a contact proves themselves by and how often it was tried, locked."""
    VisitorFactor.objects.get_or_create(tenant_id=tenant_id, contact_id=contact_id)
    factor: VisitorFactor = VisitorFactor.objects.select_for_update().get(contact_id=contact_id)
    return factor


def waiting(proof_id: UUID, contact_id: UUID, session_id: UUID, now: datetime) -> ProofRequest:
    """Return what a visitor is asked to prove and has not yet, locked.

    Raises:
        ProofNotFoundError: It is not theirs.
        ProofEndedError: It is over, or was proven already.
    """
    proof = proof_of_visitor(proof_id, contact_id, session_id, now)
    if not proof.is_waiting:
        raise ProofEndedError(proof.state)
    return proof


def _is_in_time(proof: ProofRequest, session_id: UUID, now: datetime) -> bool:
    """Whether a code is out that this browser asked for and that went where the contact is still reached."""
    contact = proof.conversation.contact
    if proof.code_hash is None or proof.code_until is None or now >= proof.code_until:
        return False
    is_same = contact.email_token is not None and bytes(contact.email_token) == bytes(proof.address_token or b"")
    return is_same and contact.email_replaced_at is None and proof.session_id == session_id


def _count(factor: VisitorFactor, now: datetime) -> None:
    if factor.tries >= TRIES:
        factor.tries = 0
    factor.tries, factor.tried_at = factor.tries + 1, now
    factor.save(update_fields=["tries", "tried_at"])


def _proven(proof: ProofRequest, session_id: UUID, method: ProofMethod, actor: Actor, now: datetime) -> Tried:
    for earlier in proof_endings.locked_proofs(conversation_id=proof.conversation_id, state=ProofState.PROVEN):
        proof_endings.end(earlier, ProofState.ENDED, why="again", actor=actor, now=now)
    minutes = int(policies.in_force(proof.tenant, PROOF_LASTS).value)
    proof.forget_code()
    proof.forget_challenge()
    proof.state, proof.method, proof.session_id = ProofState.PROVEN, method, session_id
    proof.proven_at, proof.expires_at = now, now + timedelta(minutes=minutes)
    proof.save()
    audit.record(actor, audit_events.PROOF_GIVEN, proof, at=now, method=str(method), minutes=minutes)
    subject_requests.note_proven(contact_id=proof.contact_id, actor=actor, now=now)
    words = f"The visitor has proven who they are, by {method.label}. It counts until {proof.expires_at:%H:%M} UTC."
    activities.tell_of(proof.conversation, words, of=proof.id, step="proven", now=now)
    broadcast.conversation_changed(proof.conversation)
    return Tried("proven", proof, until=proof.expires_at)
