"""Changes of organisations and people, told by `tenants.signals`, become audit entries, and change who has to take
which course."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.dispatch import receiver

from compliance import audit, audit_events, policy_standing, support_ends, tasks
from compliance.actions.rule_changes import announce_rule_change
from compliance.controls import noting
from compliance.training import assigning
from helpdesk.core.models import UuidModel
from tenants import signals
from tenants.actors import Actor
from tenants.models import Membership, PolicyChoice, Tenant
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS

#: Settings of the policy table that ask for a course.
TRAINING: Final = "training."


@receiver(signals.changed, dispatch_uid="compliance.audit")
def record_change(
    sender: type[UuidModel], *, event: str, actor: Actor, subject: UuidModel, at: datetime, **told: Any
) -> None:
    """Write the entry in the transaction of the change: a failure here takes the change back."""
    audit.record(actor, event, subject, at=at, **told["facts"])


@receiver(signals.changed, dispatch_uid="compliance.training")
def bring_training_up_to_date(sender: Any, *, event: str, subject: Any, at: datetime, facts: Any, **_: Any) -> None:
    """Ask members for what is theirs to take; who comes in, or comes back, takes what closes the workspace first."""
    if isinstance(subject, Membership) and event in {audit_events.MEMBER_JOINED, audit_events.MEMBER_CHANGED}:
        is_new = event == audit_events.MEMBER_JOINED or facts.get("active") is True
        assigning.bring_member_up_to_date(subject, now=at, is_new=is_new)
    elif isinstance(subject, PolicyChoice) and subject.key.startswith(TRAINING):
        assigning.bring_up_to_date(now=at)


@receiver(signals.changed, dispatch_uid="compliance.modes")
def follow_modes(sender: Any, *, event: str, subject: Any, at: datetime, **_: Any) -> None:
    """Let what is said next, and what is stored, be masked by the mode's rules, and its courses be asked for."""
    if event == audit_events.MODE_SWITCHED:
        policy_standing.note_modes(subject, now=at)
        announce_rule_change(subject.id)
        # Robust: with Valkey away the mode holds all the same, and beat asks for its courses within the hour.
        transaction.on_commit(tasks.train_tenant.for_tenant(subject.id).delay, robust=True)


@receiver(signals.changed, dispatch_uid="compliance.standing")
def note_choice(sender: Any, *, event: str, subject: Any, at: datetime, **_: Any) -> None:
    """Note what the application itself has written, to tell it from what was changed behind it."""
    if isinstance(subject, PolicyChoice) and event == audit_events.POLICY_CHOSEN:
        tenant = Tenant.objects.get(id=subject.tenant_id)
        policy_standing.note_choice(tenant, subject.key, subject.value, now=at)


@receiver(signals.task_ended, dispatch_uid="compliance.controls")
def note_control(sender: Any, *, task: str, tenant_id: UUID | None, error: str, at: datetime, **_: Any) -> None:
    """Write down that a control did its work or failed, where a task is one."""
    noting.task_ended(task, tenant_id, error, now=at)


@receiver(signals.changed, dispatch_uid="compliance.controls")
def expect_controls_anew(sender: Any, *, event: str, subject: Any, at: datetime, facts: Any, **_: Any) -> None:
    """Do not take for missed what did not run while the organisation was not active."""
    if event == audit_events.TENANT_STATE_CHANGED and subject.is_active:
        noting.expect_anew(subject, now=at)


#: What a grant of support access stands on can go with each of these.
GROUNDS: Final = frozenset({audit_events.MEMBER_CHANGED, audit_events.MODE_SWITCHED, audit_events.TENANT_STATE_CHANGED})


@receiver(signals.changed, dispatch_uid="compliance.support")
def end_support_without_ground(sender: Any, *, event: str, at: datetime, facts: Any, **_: Any) -> None:
    """Write down that support access has ended with what it stood on: no message passes since then anyway."""
    if event in GROUNDS:
        support_ends.end_what_is_over(now=at)
    is_stricter = facts.get("key") == SUPPORT_ACCESS and facts.get("value") == BREAK_GLASS
    if event == audit_events.POLICY_CHOSEN and is_stricter:
        support_ends.end_by_consent(now=at)
