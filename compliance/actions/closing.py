"""Begin and stop the closure of an organisation."""

from datetime import datetime, timedelta
from typing import Final

from compliance import audit_events
from compliance.actions.actors import require_actor
from compliance.disposal_lock import deciding
from compliance.models import IN_FORCE, LegalHold
from tenants.actors import Actor
from tenants.keyring import ring
from tenants.models import Tenant, TenantStatus
from tenants.roles import Capability
from tenants.scoping import tenant_scope
from tenants.signals import announce

# Long enough to take everything along, and to think again.
GRACE: Final = timedelta(days=30)
_BEGINS: Final = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED})


class HoldInForceError(Exception):
    """A legal hold keeps records of the organisation: it is released first."""


class NotClosableError(Exception):
    """The organisation is closing already, or closed; or it is not, and there is nothing to stop."""


def begin_closing(*, tenant: Tenant, actor: Actor, now: datetime, grace: timedelta = GRACE) -> Tenant:
    """Shut widget and workspace; after the days of grace the keys are destroyed. Until then it can be stopped.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        NotClosableError: It is closing already, or closed.
        HoldInForceError: A legal hold is in force.
    """
    return _step(tenant, actor, now, _BEGINS, TenantStatus.CLOSING, now + grace)


def cancel_closing(*, tenant: Tenant, actor: Actor, now: datetime) -> Tenant:
    """Let a closing organisation work again as before.

    Raises:
        NotPermittedError: The actor is neither an operator nor an owner.
        NotClosableError: It is not closing, or the days of grace are over.
    """
    return _step(tenant, actor, now, frozenset({TenantStatus.CLOSING}), TenantStatus.ACTIVE, None)


def _step(
    tenant: Tenant,
    actor: Actor,
    now: datetime,
    before: frozenset[TenantStatus],
    after: TenantStatus,
    closes_at: datetime | None,
) -> Tenant:
    with tenant_scope(tenant):
        require_actor(actor, Capability.MANAGE_KEYS)
        if after == TenantStatus.CLOSING:
            deciding()
            if LegalHold.objects.filter(IN_FORCE).exists():
                raise HoldInForceError
        locked = Tenant.objects.select_for_update().get(id=tenant.id)
        if locked.status not in before:
            raise NotClosableError(locked.status)
        was, locked.status, locked.closes_at = locked.status, after, closes_at
        locked.save(update_fields=["status", "closes_at"])
        announce(audit_events.TENANT_STATE_CHANGED, actor=actor, subject=locked, at=now, before=was, state=after.value)
    ring.forget_everywhere(tenant.id)
    return locked
