"""Recurring jobs. Beat starts the fan-out; each organisation has a task of its own."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from compliance import (
    audit_chain,
    audit_watch,
    closure,
    drift,
    incident_mail,
    key_rotation,
    lost_jobs,
    mode_progress,
    purge,
    releases,
    rescan,
    support_ends,
    trail_expiry,
    trials,
)
from compliance.anchoring import anchor
from compliance.anchoring import keys as anchor_keys
from compliance.evidence import packs
from compliance.evidence.controls import observing
from compliance.models import ProposalState
from compliance.training import assigning, reminding
from compliance.verifier.entries import OPERATORS
from helpdesk.core import clock
from tenants.models import Tenant, TenantStatus
from tenants.scoping import tenant_scope
from tenants.tasks_base import TenantTask, global_task, tenant_task
from tenants.tenancy import Kind

#: An organisation whose key provider is out of reach waits so long; the others go on.
KEYS_AGAIN_S: Final = 60
#: A sealer that was not begun by then is not needed: the next one is on its way every second.
SEAL_S: Final = 5


@tenant_task(name="compliance.purge_tenant", scope="by_batch")
def purge_tenant(tenant: Tenant, **_: object) -> None:
    """Erase the organisation's records past retention."""
    purge.purge_expired(tenant.id)


@tenant_task(name="compliance.take_up_purge", scope="by_batch")
def take_up_purge(tenant: Tenant, **_: object) -> None:
    """Go on with a purge whose worker is gone."""
    if purge.is_cut_short(tenant.id, now=clock.now()):
        purge.purge_expired(tenant.id)


@tenant_task(name="compliance.rescan_tenant", scope="by_batch")
def rescan_tenant(tenant: Tenant, **_: object) -> None:
    """Mask the organisation's stored chats by the rules now in force, once those may touch them.

    Before that it picks up what a lost task or a killed worker has left: mails, counts.
    """
    incident_mail.tell_owners(tenant, now=clock.now())
    if (waiting := WAITING_FOR.get(trials.state_of(tenant.id))) is not None:
        waiting.for_tenant(tenant.id).delay()
    if releases.is_held(tenant.id, now=clock.now()):
        try_out_tenant.for_tenant(tenant.id).delay()
        return
    run = rescan.rescan_outdated(tenant.id)
    incident_mail.tell_owners(tenant, now=clock.now())
    mode_progress.advance(tenant.id, now=clock.now())
    if run is not None and run.note:
        rescan_tenant.for_tenant(tenant.id).after(KEYS_AGAIN_S)


@tenant_task(name="compliance.try_out_tenant", scope="by_batch")
def try_out_tenant(tenant: Tenant, **_: object) -> None:
    """Count what the organisation's proposed rule set would mask in what is stored."""
    run = trials.dry_run(tenant.id)
    if run is not None and run.note:
        try_out_tenant.for_tenant(tenant.id).after(KEYS_AGAIN_S)
    elif releases.activate_believed(tenant.id, now=clock.now()):
        rescan_tenant.for_tenant(tenant.id).delay()


@tenant_task(name="compliance.shadow_tenant", scope="by_batch")
def shadow_tenant(tenant: Tenant, **_: object) -> None:
    """Count what the proposed rule set would mask in what was said since the pass before, and come again."""
    if trials.shadow_pass(tenant.id, now=clock.now()):
        shadow_tenant.for_tenant(tenant.id).after(trials.SHADOW_EVERY_S)


@tenant_task(name="compliance.turn_tenant_keys", scope="by_batch")
def turn_tenant_keys(tenant: Tenant, **_: object) -> None:
    """Go on with the organisation's key rotations, and begin those that are due."""
    key_rotation.turn_keys(tenant.id)


@tenant_task(name="compliance.rewrap_tenant", scope="by_batch")
def rewrap_tenant(tenant: Tenant, **_: object) -> None:
    """Wrap the organisation's keys under the provider's newest key."""
    key_rotation.rewrap(tenant.id, now=clock.now())


@tenant_task(
    name="compliance.close_tenant", scope="by_batch", statuses=frozenset({TenantStatus.CLOSING, TenantStatus.CLOSED})
)
def close_tenant(tenant: Tenant, **_: object) -> None:
    """Close the organisation whose days of grace are over: keys first, rows afterwards."""
    closure.close(tenant.id, now=clock.now())


@tenant_task(name="compliance.train_tenant", scope="by_batch")
def train_tenant(tenant: Tenant, **_: object) -> None:
    """Ask the organisation's people for the courses that are theirs to take, and remind them of what is due."""
    now = clock.now()
    with tenant_scope(tenant):
        assigning.bring_up_to_date(now=now)
    reminding.remind(tenant, now=now)


@tenant_task(name="compliance.watch_settings", scope="by_batch")
def watch_settings(tenant: Tenant, **_: object) -> None:
    """Put right what was changed behind the application, raise it, and take the steps of modes that are due."""
    drift.look(tenant.id, now=clock.now())
    mode_progress.advance(tenant.id, now=clock.now())
    incident_mail.tell_owners(tenant, now=clock.now())


@tenant_task(name="compliance.end_support")
def end_support(tenant: Tenant, **_: object) -> None:
    """Write down which support access is over."""
    support_ends.end_what_is_over(now=clock.now())


@tenant_task(name="compliance.seal_tenant", scope="by_batch", statuses=frozenset(TenantStatus.values), expires=SEAL_S)
def seal_tenant(tenant: Tenant, **_: object) -> None:
    """Seal the entries of the organisation that wait, whatever its state: what was done in it stays provable."""
    audit_chain.seal(tenant.id)


@global_task(name="compliance.seal_every_tenant")
def seal_every_tenant(**_: object) -> None:
    """Seal what operators did, and start a sealer for every organisation in which entries wait."""
    waiting = audit_chain.waiting()
    if waiting.pop(OPERATORS, None) is not None:
        audit_chain.seal(OPERATORS)
    _send(seal_tenant, waiting)


@tenant_task(name="compliance.verify_trail", scope="by_batch")
def verify_trail(tenant: Tenant, **_: object) -> None:
    """Go along the organisation's chain, and leave in it what was found."""
    audit_watch.verify_tenant(tenant, now=clock.now())


@global_task(name="compliance.verify_every_trail")
def verify_every_trail(**_: object) -> None:
    """Verify the chain of operators, and that of every active organisation."""
    audit_watch.verify_operators(now=clock.now())
    fan_out(verify_trail)


@tenant_task(name="compliance.observe_controls")
def observe_controls(tenant: Tenant, **_: object) -> None:
    """Write into the trail how every control stands today."""
    observing.observe(tenant, now=clock.now())


@global_task(name="compliance.observe_every_tenants_controls")
def observe_every_tenants_controls(**_: object) -> None:
    """Look at the controls of every active organisation."""
    fan_out(observe_controls)


@tenant_task(name="compliance.expire_trail", scope="by_batch")
def expire_trail(tenant: Tenant, **_: object) -> None:
    """Let the oldest entries of the organisation's trail go that are past their time."""
    trail_expiry.expire(tenant, now=clock.now())


@global_task(name="compliance.expire_every_trail")
def expire_every_trail(**_: object) -> None:
    """Look at the trail of every active organisation."""
    fan_out(expire_trail)


@tenant_task(
    name="compliance.build_evidence", scope="by_batch", ids={"pack_id": Kind.EVIDENCE_PACK},
    statuses=frozenset({TenantStatus.ACTIVE, TenantStatus.CLOSING}),
)  # fmt: skip
def build_evidence(tenant: Tenant, *, pack_id: str, **_: object) -> None:
    """Build the evidence of a period that somebody asked for."""
    packs.build_pack(tenant, UUID(pack_id), now=clock.now())


@tenant_task(
    name="compliance.take_up_evidence", scope="by_batch",
    statuses=frozenset({TenantStatus.ACTIVE, TenantStatus.CLOSING}),
)  # fmt: skip
def take_up_evidence(tenant: Tenant, **_: object) -> None:
    """Go on with packs whose worker is gone, and with those whose task was lost."""
    with tenant_scope(tenant):
        lost = packs.forgotten(now=clock.now())
    for pack_id in lost:
        packs.build_pack(tenant, pack_id, now=clock.now())


@global_task(name="compliance.take_up_every_tenants_evidence")
def take_up_every_tenants_evidence(**_: object) -> None:
    """Go on with evidence that nobody is building any more."""
    ids = Tenant.objects.filter(status__in=take_up_evidence.statuses).values_list("id", flat=True)
    _send(take_up_evidence, [one for one in ids if lost_jobs.is_any(packs.forgotten, one, now=clock.now())])


@global_task(name="compliance.anchor_audit", alone="a root over the heads of all chains is of no organisation")
def anchor_audit(**_: object) -> None:
    """Sign a root over the heads of all chains, and keep it outside the database."""
    anchor.anchor(now=clock.now())


#: What a rule set on trial waits for, by its state.
WAITING_FOR: Final[dict[str, TenantTask]] = {
    ProposalState.COUNTING: try_out_tenant,
    ProposalState.SHADOW: shadow_tenant,
}


@global_task(name="compliance.purge_every_tenant")
def purge_every_tenant(**_: object) -> None:
    """Start a purge for every active organisation."""
    fan_out(purge_tenant)


@global_task(name="compliance.take_up_purges")
def take_up_purges(**_: object) -> None:
    """Go on with the purges that were cut short, of every active organisation."""
    fan_out(take_up_purge)


@global_task(name="compliance.rescan_every_tenant")
def rescan_every_tenant(**_: object) -> None:
    """Start a re-scan for every active organisation."""
    fan_out(rescan_tenant)


@global_task(name="compliance.train_every_tenant")
def train_every_tenant(**_: object) -> None:
    """Look after the training of every active organisation."""
    fan_out(train_tenant)


@global_task(name="compliance.watch_every_tenants_settings")
def watch_every_tenants_settings(**_: object) -> None:
    """Look at the settings of every active organisation."""
    fan_out(watch_settings)


@global_task(name="compliance.end_support_everywhere")
def end_support_everywhere(**_: object) -> None:
    """Write down which support access is over, in every active organisation."""
    fan_out(end_support)


@global_task(name="compliance.turn_every_tenants_keys")
def turn_every_tenants_keys(**_: object) -> None:
    """Go on with rotations, for every active organisation."""
    fan_out(turn_tenant_keys)


@global_task(name="compliance.rewrap_everything")
def rewrap_everything(**_: object) -> None:
    """Wrap everything under the provider's newest key: what is of nobody here, each organisation's in its task."""
    key_rotation.rewrap_factors()
    anchor_keys.rewrap()
    fan_out(rewrap_tenant)


@global_task(name="compliance.close_due_tenants")
def close_due_tenants(**_: object) -> None:
    """Start the closure of every organisation whose days of grace are over, or whose closure was cut short."""
    _send(close_tenant, closure.due(now=clock.now()))


def fan_out(task: TenantTask) -> None:
    """Start a task for every active organisation."""
    ids: list[UUID] = list(Tenant.objects.filter(status=TenantStatus.ACTIVE).values_list("id", flat=True))
    _send(task, ids)


def _send(task: TenantTask, ids: Iterable[UUID]) -> None:
    for tenant_id in ids:
        task.for_tenant(tenant_id).delay()
