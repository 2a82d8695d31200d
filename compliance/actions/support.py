"""An operator asks to look into an organisation, an owner lets them or not, and either ends it.

Nobody else can: an operator's role of the database writes no approval, and messages pass by what it stands on.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance import audit, audit_events, tasks
from compliance.actions.actors import require_operator
from compliance.actions.reasons import kept_reason
from compliance.models import SupportEnd, SupportGrant, SupportState
from compliance.support import is_open_to_support
from compliance.support_ends import end, end_what_is_over, note
from tenants import policies
from tenants.actions.break_glass import use_up
from tenants.actors import Actor
from tenants.mail import Mail
from tenants.mail_owners import mail_owners
from tenants.models import Membership, Tenant, User
from tenants.permissions import require
from tenants.policy_names import BREAK_GLASS, SUPPORT_ACCESS
from tenants.roles import Capability
from tenants.scoping import tenant_scope

MINUTES: Final = (15, 30, 60)
PAGE: Final = "compliance:support"


class AlreadyAskedError(Exception):
    """The operator's last question waits for an owner, or was answered and is in force."""


class NotOpenError(Exception):
    """The organisation is suspended or closing: there is nothing to look at."""


class NoGrantError(Exception):
    """There is no such question or access, or no longer."""


def ask(*, tenant: Tenant, reason: str, actor: Actor, now: datetime) -> SupportGrant:
    """Ask an organisation's owners to be let in. They are told by mail, without the reason.

    Raises:
        NotPermittedError: The actor is no operator.
        NotOpenError: The organisation is not active.
        AlreadyAskedError: They have asked already.
        ReasonMissingError: No reason is given.
    """
    kept = kept_reason(reason)
    with tenant_scope(tenant):
        require_operator(actor)
        if not is_open_to_support(Tenant.objects.get(id=tenant.id)):
            raise NotOpenError
        end_what_is_over(now=now)
        person: User = User.objects.only("name").get(id=str(actor.id))
        try:
            with transaction.atomic():
                grant: SupportGrant = SupportGrant.objects.create(
                    tenant_id=tenant.id, operator=person, reason=kept, asked_at=now
                )
        except IntegrityError:
            raise AlreadyAskedError from None
        audit.record(actor, audit_events.SUPPORT_ASKED, grant, at=now, reason=kept)
        told: dict[str, Any] = {"page": PAGE, "name": person.name}
        transaction.on_commit(partial(mail_owners, tenant, Mail.SUPPORT_ASKED, **told), robust=True)
    return grant


@transaction.atomic
def approve(*, grant_id: UUID, minutes: int, code: str, actor: Membership, now: datetime) -> SupportGrant:
    """Let the operator who asked look, and nothing else, for some minutes. Call it in the organisation's scope.

    Args:
        grant_id: Which question.
        minutes: One of `MINUTES`.
        code: A break-glass code, where the organisation's policy asks for one; it is used up.
        actor: The owner.
        now: The present.

    Raises:
        NotPermittedError: The actor is no owner.
        NoGrantError: Nobody asks that, or no longer; or who asked is no operator any more.
        WrongBreakGlassCodeError: One is asked for, and this is none.
    """
    require(actor, Capability.GRANT_SUPPORT)
    if minutes not in MINUTES:
        raise NoGrantError
    grant = _locked(grant_id, now, operator__is_active=True, operator__is_operator=True)
    if grant.state(now) is not SupportState.ASKED:
        raise NoGrantError
    wanted = policies.in_force(actor.tenant, SUPPORT_ACCESS).value
    if wanted == BREAK_GLASS:
        use_up(code, actor.tenant_id, now=now)
        grant.is_break_glass = True
    grant.approved_by, grant.approved_at, grant.until = actor, now, now + timedelta(minutes=minutes)
    grant.save(update_fields=["approved_by", "approved_at", "until", "is_break_glass"])
    note(Actor.member(actor), audit_events.SUPPORT_APPROVED, grant, now, minutes=minutes)
    told: dict[str, Any] = {
        "page": PAGE, "name": grant.operator.name, "by": actor.user.name, "minutes": str(minutes),
    }  # fmt: skip
    transaction.on_commit(partial(mail_owners, actor.tenant, Mail.SUPPORT_APPROVED, **told), robust=True)
    # It is over by the clock it is read by; this writes down that it was so.
    later = partial(tasks.end_support.for_tenant(actor.tenant_id).after, minutes * 60 + 1)
    transaction.on_commit(later, robust=True)
    return grant


@transaction.atomic
def refuse(*, grant_id: UUID, actor: Membership, now: datetime) -> SupportGrant:
    """Decline what was asked, or end what is open, as an owner. Call it in the organisation's scope.

    Raises:
        NotPermittedError: The actor is no owner.
        NoGrantError: There is nothing to end.
    """
    require(actor, Capability.GRANT_SUPPORT)
    grant = _locked(grant_id, now)
    ended_as = SupportEnd.DECLINED if grant.state(now) is SupportState.ASKED else SupportEnd.BY_OWNER
    return end(grant, ended_as, Actor.member(actor), now)


def leave(*, tenant_id: UUID, grant_id: UUID, actor: Actor, now: datetime) -> SupportGrant:
    """Take one's question back, or end one's access, as the operator.

    Raises:
        NotPermittedError: The actor is no operator.
        NoGrantError: There is nothing to end, or it is another operator's.
    """
    with tenant_scope(tenant_id):
        require_operator(actor)
        grant = _locked(grant_id, now, operator_id=actor.id)
        ended_as = SupportEnd.WITHDRAWN if grant.state(now) is SupportState.ASKED else SupportEnd.BY_OPERATOR
        return end(grant, ended_as, actor, now)


def _locked(grant_id: UUID, now: datetime, **of: Any) -> SupportGrant:
    """Two who decide at once take turns: the second finds what the first has left."""
    rows = SupportGrant.objects.filter(id=grant_id, ended_at=None, **of).select_related("operator")
    grant: SupportGrant | None = rows.defer("operator__password").select_for_update(of=("self",)).first()
    if grant is None or grant.state(now) is SupportState.OVER:
        raise NoGrantError
    return grant
