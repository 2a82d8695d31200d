"""Rule sets on trial. An organisation has one that is not decided at most. Call these inside the tenant's scope.

A set comes from a release of the product, whose rules mask new texts as soon as its processes run, or from a change of
policy that the organisation wants to see counted before it holds. Either way, nothing stored is touched before the
set is activated.
"""

from datetime import datetime
from typing import Any, Final

from compliance import masking_policies, modes
from compliance.masking import RULE_SET, MaskingPolicy
from compliance.masking_choice import MaskingChoice
from compliance.models import OPEN, ProposalOrigin, ProposalState, RuleSet, RuleSetProposal
from tenants import policies
from tenants.actors import Actor
from tenants.models import Tenant
from tenants.scoping import current_tenant_id

#: A release that would change no more than this share of the stored texts is activated by itself.
BELIEVED_SHARE: Final = 0.05


class _Decided:
    """The fields of a revision out of a proposal."""

    def __init__(self, decided: dict[str, Any]) -> None:
        self.levels, self.regions_off = decided.get("levels", {}), decided.get("regions_off", [])
        self.exempt, self.rules = decided.get("exempt", []), decided.get("rules", [])


def open_proposal(*, lock: bool = False) -> RuleSetProposal | None:
    """Return the proposal that is not decided yet."""
    rows = RuleSetProposal.objects.select_for_update() if lock else RuleSetProposal.objects
    found: RuleSetProposal | None = rows.filter(state__in=OPEN).first()
    return found


def choice_of(proposal: RuleSetProposal) -> MaskingChoice:
    """Return what a proposed policy decides."""
    return MaskingChoice.of(_Decided(proposal.decided))


def policy_of(proposal: RuleSetProposal) -> MaskingPolicy:
    """Return what would mask: the proposed choice, or the present one by this release's rules; never below floors."""
    tenant = Tenant.objects.get(id=current_tenant_id())
    if proposal.origin == ProposalOrigin.RELEASE:
        return masking_policies.effective(tenant)
    return modes.masking_policy(tenant, choice_of(proposal), revision=proposal.revision)


def is_held(rule_set: RuleSet) -> bool:
    """Whether a rule set must not touch what is stored yet: its release is new, and nobody has activated it.

    Never where a mode is on: its floors hold for what is stored too, without anyone's doing.
    """
    if policies.modes_on(Tenant.objects.get(id=current_tenant_id())):
        return False
    before = RuleSet.objects.filter(number__lt=rule_set.number).exclude(rules__in=("", rule_set.rules))
    if not before.exists():
        return False
    decided = RuleSetProposal.objects.filter(
        origin=ProposalOrigin.RELEASE, rules=rule_set.rules, state=ProposalState.ACTIVE
    )
    return not decided.exists()


def propose_release(rule_set: RuleSet, *, now: datetime) -> RuleSetProposal:
    """Return the proposal of a new release's rules; it puts one of the organisation's own aside, which it outdates."""
    found = open_proposal(lock=True)
    if found is not None and found.origin == ProposalOrigin.RELEASE and found.rules == rule_set.rules:
        return found
    if found is not None:
        put_aside(found, now=now)
    return _propose(ProposalOrigin.RELEASE, Actor.system(), now, revision=rule_set.revision, number=rule_set.number,
                    fingerprint=rule_set.fingerprint)  # fmt: skip


def propose_choice(choice: MaskingChoice, *, actor: Actor, now: datetime) -> RuleSetProposal:
    """Put a changed policy on trial."""
    latest = masking_policies.latest()
    revision = 1 if latest is None else int(latest.number) + 1
    policy = modes.masking_policy(Tenant.objects.get(id=current_tenant_id()), choice, revision=revision)
    return _propose(ProposalOrigin.POLICY, actor, now, revision=revision, fingerprint=policy.fingerprint,
                    decided=choice.stored())  # fmt: skip


def put_aside(proposal: RuleSetProposal, *, now: datetime) -> None:
    """Drop a proposal."""
    proposal.state, proposal.decided_at = ProposalState.DROPPED, now
    proposal.save(update_fields=["state", "decided_at"])


def is_believed(proposal: RuleSetProposal) -> bool:
    """Whether a release changes so little of what is stored that no person has to look first."""
    run = proposal.dry_run
    if proposal.origin != ProposalOrigin.RELEASE or proposal.state != ProposalState.COUNTED or run is None:
        return False
    return bool(run.changed <= BELIEVED_SHARE * max(run.looked_at, 1))


def _propose(origin: ProposalOrigin, actor: Actor, now: datetime, **facts: Any) -> RuleSetProposal:
    proposal: RuleSetProposal = RuleSetProposal.objects.create(
        tenant_id=current_tenant_id(),
        origin=origin,
        rules=RULE_SET,
        by_kind=actor.kind,
        by_id=actor.id,
        proposed_at=now,
        **facts,
    )
    return proposal
