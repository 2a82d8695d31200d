"""How proofs end, the waiting ones and those that counted: the row gets its last state, the conversation its line."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from chat import broadcast
from chat.actions import activities, form_endings
from chat.identity.standing import Level, standing_of
from chat.models import UNENDED, WAITING, Conversation, ProofMethod, ProofRequest, ProofState
from compliance import audit, audit_events
from tenants.actors import Actor
from tenants.models import Membership
from tenants.scoping import tenant_scope

_WORDS: Final = {
    ProofState.DECLINED: "The visitor has declined to prove who they are.",
    ProofState.CANCELLED: "The request to prove who they are was withdrawn{why}.",
    ProofState.EXPIRED: "The request to prove who they are ran out: nothing was proven in time.",
    ProofState.ENDED: "The visitor's proof of who they are is over{why}.",
}
#: Why one ended, as the line says it.
REASONS: Final = {
    "": "",
    "time": ": its time has run out",
    "resolved": ": the conversation has ended",
    "blocked": ": the visitor was blocked",
    "visitor": ": the visitor has ended it",
    "member": ": it was ended here",
    "changed": ": somebody else sits at the visitor's browser, or may",
    "address": ": the visitor's e-mail address has changed",
    "asker": ": who asked is no longer here",
    "again": ": another has taken its place",
}


def end(proof: ProofRequest, state: ProofState, *, why: str = "", actor: Actor, now: datetime) -> None:
    """End a proof whose row is locked. What was asked for by it and has not come yet ends with it."""
    if not proof.is_live:
        return
    was_proven = proof.state == ProofState.PROVEN
    proof.end(state, why=why, now=now)
    proof.save(update_fields=["state", "why", "ended_at", *proof.SECRETS])
    audit.record(actor, audit_events.PROOF_ENDED, proof, at=now, state=str(state), why=why)
    words = _WORDS[state].format(why=REASONS[why])
    activities.tell_of(proof.conversation, words, of=proof.id, step="ended", now=now)
    if was_proven and why not in {"time", "again"}:
        form_endings.end_of_unproven(proof.conversation, actor=actor, now=now)
    broadcast.conversation_changed(proof.conversation)


def end_of_conversation(conversation: Conversation, *, why: str, actor: Actor, now: datetime) -> None:
    """End what is under way in a locked conversation that ends, or whose visitor is blocked."""
    for proof in _live(conversation_id=conversation.id):
        end(proof, _early(proof), why=why, actor=actor, now=now)


def end_of_address(contact_id: UUID, *, actor: Actor, now: datetime) -> None:
    """End what was proven by an address that is not the contact's any more; a code that went there is none now."""
    for proof in _live(contact_id=contact_id):
        if proof.state == ProofState.PROVEN and proof.method == ProofMethod.MAIL:
            end(proof, ProofState.ENDED, why="address", actor=actor, now=now)
        elif proof.state == ProofState.SENT:
            proof.forget_code()
            proof.save(update_fields=["state", "code_hash", "code_until", "address_token"])
            broadcast.conversation_changed(proof.conversation)


def end_of_asker(member: Membership, *, now: datetime) -> None:
    """Withdraw what a member asked for who may not ask any more. What was proven stays so: it is the visitor's."""
    for proof in _live(asked_by_id=member.id, state__in=WAITING):
        end(proof, ProofState.CANCELLED, why="asker", actor=Actor.system(), now=now)


def look_after(*, now: datetime) -> int:
    """End what has run out, or whose visitor is another; return how many. Call it in the organisation's scope."""
    return sum(settle(proof, now=now) for proof in _live())


def is_any_live(tenant_id: UUID) -> bool:
    """Whether an organisation has a proof under way, or one that counts: a look at the few rows of an index."""
    with tenant_scope(tenant_id):
        return bool(ProofRequest.objects.filter(ended_at=None).exists())


def settle(proof: ProofRequest, *, now: datetime) -> bool:
    """End one whose row is locked if it has to end by now; return whether it had to."""
    state, why = _fallen(proof, now)
    if state is not None:
        end(proof, state, why=why, actor=Actor.system(), now=now)
    return state is not None


def locked_proofs(**wanted: object) -> list[ProofRequest]:
    """Return proofs, locked until the end of the transaction, each after its conversation, in one order."""
    rows = ProofRequest.objects.filter(**wanted)
    if not (conversations := list(rows.values_list("conversation_id", flat=True))):
        return []
    first = Conversation.objects.filter(id__in=conversations).order_by("id")
    list(first.select_for_update(of=("self",)).values_list("id", flat=True))
    related = rows.select_related("conversation__contact", "asked_by__user", "tenant")
    return list(related.order_by("id").select_for_update(of=("self",)))


def _live(**wanted: object) -> Iterable[ProofRequest]:
    return locked_proofs(**{"state__in": UNENDED} | wanted)


def _fallen(proof: ProofRequest, now: datetime) -> tuple[ProofState | None, str]:
    """Return as what a live one has to end by now, and why; None if it stands."""
    if now >= proof.expires_at:
        return (ProofState.EXPIRED, "") if proof.is_waiting else (ProofState.ENDED, "time")
    is_same = proof.contact_id == proof.conversation.contact_id
    if is_same and proof.state == ProofState.PROVEN:
        is_same = standing_of(proof.conversation, now).level >= Level.PROVEN
    return (None, "") if is_same else (_early(proof), "changed")


def _early(proof: ProofRequest) -> ProofState:
    return ProofState.CANCELLED if proof.is_waiting else ProofState.ENDED
