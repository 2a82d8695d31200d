"""How support access ends, and that it stands on both sides: the organisation's audit trail and the operators'."""

from datetime import datetime

from compliance import audit, audit_events
from compliance.models import SupportEnd, SupportGrant, SupportState
from compliance.support import accesses_of
from tenants.actors import Actor
from tenants.models import User
from tenants.scoping import tenant_scope


def end_what_is_over(*, now: datetime) -> int:
    """Write down, in the organisation in scope, which grants are over: by time, or since what they stood on is gone."""
    rows = SupportGrant.objects.filter(ended_at=None).select_for_update(of=("self",))
    ended = 0
    for grant in rows.order_by("id"):
        if grant.state(now) is SupportState.OVER:
            end(grant, SupportEnd.BY_TIME, Actor.system(), now)
        elif grant.approved_at is not None and not accesses_of(grant.operator_id)[grant.id].is_live:
            end(grant, SupportEnd.VOID, Actor.system(), now)
        else:
            continue
        ended += 1
    return ended


def end_all_of(operator: User, *, now: datetime) -> None:
    """End what an operator has asked for or was let into, wherever: their account is closed to them."""
    for access in accesses_of(operator.id).values():
        with tenant_scope(access.tenant_id):
            for grant in SupportGrant.objects.filter(id=access.grant_id, ended_at=None).select_for_update(of=("self",)):
                end(grant, SupportEnd.VOID, Actor.system(), now)


def end_by_consent(*, now: datetime) -> None:
    """End what no break-glass code was given for: the organisation in scope asks for one from now on."""
    rows = SupportGrant.objects.filter(ended_at=None, is_break_glass=False).exclude(approved_at=None)
    for grant in rows.select_for_update(of=("self",)).order_by("id"):
        end(grant, SupportEnd.VOID, Actor.system(), now)


def end(grant: SupportGrant, ended_as: SupportEnd, actor: Actor, now: datetime) -> SupportGrant:
    """End a grant that is locked, and write it down."""
    grant.ended_at, grant.ended_as = now, ended_as
    grant.save(update_fields=["ended_at", "ended_as"])
    note(actor, audit_events.SUPPORT_ENDED, grant, now, ended_as=ended_as.value)
    return grant


def note(actor: Actor, event: str, grant: SupportGrant, now: datetime, **facts: str | int) -> None:
    """Write it down on both sides. What the operator does is in their trail by that already."""
    told = {**facts, "grant": str(grant.id), "break_glass": grant.is_break_glass}
    audit.record(actor, event, grant, at=now, **told)
    if actor.id != grant.operator_id:
        audit.record_of_operators(grant.operator_id, event, grant, at=now, **told)
