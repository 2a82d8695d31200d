"""What a new release's rules may do to stored texts: nothing before they were counted, and activated.

New texts are masked by them from the moment its processes run. What is stored cannot be unmasked again, so the rules
are counted on it first; if they change little, they are activated by themselves, or else by a person.
"""

from datetime import datetime
from uuid import UUID

from compliance import audit, audit_events, proposals, rescan, rule_sets
from compliance.models import ProposalState, RuleSet, RuleSetProposal
from tenants.actors import Actor, ActorKind
from tenants.scoping import tenant_scope


def is_held(tenant_id: UUID, *, now: datetime) -> bool:
    """Whether the rule set in force must wait before it touches what is stored; puts it on trial if so."""
    number = rule_sets.current(tenant_id).number
    if not rescan.is_behind(tenant_id):
        return False
    with tenant_scope(tenant_id):
        rule_set = RuleSet.objects.get(number=number)
        if not proposals.is_held(rule_set):
            return False
        proposals.propose_release(rule_set, now=now)
    return True


def activate_believed(tenant_id: UUID, *, now: datetime) -> bool:
    """Activate a new release's rules if they change little of what is stored; whether they were."""
    with tenant_scope(tenant_id):
        proposal = proposals.open_proposal(lock=True)
        if proposal is None or not proposals.is_believed(proposal):
            return False
        note_activated(proposal, number=rule_sets.current(tenant_id).number, actor=Actor.system(), now=now)
    return True


def note_activated(proposal: RuleSetProposal, *, number: int, actor: Actor, now: datetime) -> None:
    """Write down that a proposal holds. Call it inside the tenant's scope."""
    proposal.state, proposal.decided_at, proposal.number = ProposalState.ACTIVE, now, number
    proposal.save(update_fields=["state", "decided_at", "number"])
    audit.record(
        actor,
        audit_events.RULE_SET_ACTIVATED,
        proposal,
        at=now,
        rule_set=number,
        origin=str(proposal.origin),
        by_itself=actor.kind == ActorKind.SYSTEM,
    )
