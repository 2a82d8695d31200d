"""Put a rule set on trial, count it on live chats, activate it or drop it; pause and resume the re-scan."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from compliance import audit, audit_events, job_runs, masking_policies, proposals, releases, rule_sets, tasks
from compliance.actions import masking
from compliance.actions.actors import require_actor
from compliance.masking_choice import MaskingChoice
from compliance.models import OPEN, JobKind, JobRun, JobState, ProposalOrigin, ProposalState, RuleSetProposal
from tenants.actors import Actor, ActorKind
from tenants.models import Tenant
from tenants.permissions import NotPermittedError
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.tasks_base import TenantTask


class NothingOnTrialError(Exception):
    """No rule set is on trial, or not so far that this can be done."""


class UnchangedError(Exception):
    """What is proposed is what holds already."""


class ReleaseOnTrialError(Exception):
    """The rules of a new release are on trial; those are decided first."""


class OutdatedProposalError(Exception):
    """The policy was changed since it was proposed: activating it would take that change back."""


def propose_policy(*, tenant: Tenant, choice: MaskingChoice, actor: Actor, now: datetime) -> RuleSetProposal:
    """Put a changed policy on trial. Nothing is masked by it; one proposed before is dropped.

    Raises:
        NotPermittedError: The actor may not decide it.
        UnchangedError: It decides what holds already.
        ReleaseOnTrialError: A new release's rules are to be decided first.
    """
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_MASKING)
        Tenant.objects.select_for_update().get(id=tenant.id)
        if choice == masking_policies.chosen(masking_policies.latest()):
            raise UnchangedError
        earlier = proposals.open_proposal(lock=True)
        if earlier is not None and earlier.origin == ProposalOrigin.RELEASE:
            raise ReleaseOnTrialError
        if earlier is not None:
            _drop(earlier, actor, now)
        proposal = proposals.propose_choice(choice, actor=actor, now=now)
        audit.record(actor, audit_events.RULE_SET_PROPOSED, proposal, at=now, revision=proposal.revision)
        _after_commit(tasks.try_out_tenant, tenant.id)
    return proposal


def begin_shadow(*, tenant: Tenant, actor: Actor, now: datetime) -> RuleSetProposal:
    """Count the rule set on trial beside the active one on live chats.

    Raises:
        NotPermittedError: The actor may not decide it.
        NothingOnTrialError: There is none that was counted on what is stored.
    """
    with tenant_scope(tenant):
        proposal = _on_trial(actor, ProposalState.COUNTED)
        if proposal.origin == ProposalOrigin.RELEASE:
            raise NothingOnTrialError  # a release's rules mask live chats already
        run = JobRun.objects.create(tenant_id=tenant.id, kind=JobKind.SHADOW, started_at=now, moved_at=now)
        proposal.state, proposal.shadow_run = ProposalState.SHADOW, run
        proposal.save(update_fields=["state", "shadow_run"])
        audit.record(actor, audit_events.RULE_SET_SHADOWED, proposal, at=now)
        _after_commit(tasks.shadow_tenant, tenant.id, 10)
    return proposal


def activate(*, tenant: Tenant, actor: Actor, now: datetime) -> RuleSetProposal:
    """Let the rule set on trial hold, and scan by it what is stored.

    Raises:
        NotPermittedError: The actor may not decide it; an operator decides nothing of an organisation's own policy.
        NothingOnTrialError: There is none that was counted on what is stored.
        OutdatedProposalError: The policy was changed since.
    """
    with tenant_scope(tenant):
        proposal = _on_trial(actor, ProposalState.COUNTED, ProposalState.SHADOW)
        _activate(tenant, proposal, actor, now)
    return proposal


def drop(*, tenant: Tenant, actor: Actor, now: datetime) -> None:
    """Drop the proposed policy. A release's rules stay on trial: they can only be activated.

    Raises:
        NotPermittedError: The actor may not decide it.
        NothingOnTrialError: There is none.
    """
    with tenant_scope(tenant):
        proposal = _on_trial(actor, *OPEN)
        if proposal.origin == ProposalOrigin.RELEASE:
            raise NothingOnTrialError
        _drop(proposal, actor, now)


def set_paused(*, tenant: Tenant, paused: bool, actor: Actor, now: datetime) -> bool:
    """Pause the re-scan or let it go on; whether there was one to pause or to let go on.

    Raises:
        NotPermittedError: The actor may not decide it.
    """
    before, after = JobState.RUNNING, JobState.PAUSED
    if not paused:
        before, after = after, before
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_MASKING)
        run = job_runs.set_state(JobKind.RESCAN, before, after, now=now)
        if run is None:
            return False
        audit.record(actor, audit_events.RESCAN_PAUSED if paused else audit_events.RESCAN_RESUMED, run, at=now)
        if not paused:
            _after_commit(tasks.rescan_tenant, tenant.id)
    return True


def _on_trial(actor: Actor, *states: ProposalState) -> RuleSetProposal:
    require_actor(actor, Capability.MANAGE_MASKING)
    proposal = proposals.open_proposal(lock=True)
    if proposal is None or proposal.state not in states:
        raise NothingOnTrialError
    return proposal


def _activate(tenant: Tenant, proposal: RuleSetProposal, actor: Actor, now: datetime) -> None:
    _end_shadow(now)
    number = proposal.number or 0
    if proposal.origin == ProposalOrigin.POLICY:
        if actor.kind == ActorKind.OPERATOR:
            raise NotPermittedError(Capability.MANAGE_MASKING.value)
        latest = masking_policies.latest()
        if proposal.revision != (1 if latest is None else latest.number + 1):
            raise OutdatedProposalError
        masking.adopt(tenant=tenant, choice=proposals.choice_of(proposal), actor=actor, now=now)
        rule_sets.forget(tenant.id)
        number = rule_sets.current(tenant).number
    else:
        _after_commit(tasks.rescan_tenant, tenant.id)
    releases.note_activated(proposal, number=number, actor=actor, now=now)


def _drop(proposal: RuleSetProposal, actor: Actor, now: datetime) -> None:
    job_runs.set_state(JobKind.DRY_RUN, JobState.RUNNING, JobState.STOPPED, now=now)
    _end_shadow(now)
    proposals.put_aside(proposal, now=now)
    audit.record(actor, audit_events.RULE_SET_DROPPED, proposal, at=now)


def _end_shadow(now: datetime) -> None:
    job_runs.set_state(JobKind.SHADOW, JobState.RUNNING, JobState.DONE, now=now)


def _after_commit(task: TenantTask, tenant_id: UUID, pause_s: float = 0) -> None:
    # Robust: with Valkey away it is decided all the same, and beat starts what follows within minutes.
    transaction.on_commit(partial(task.for_tenant(tenant_id).after, pause_s), robust=True)
