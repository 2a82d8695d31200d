"""The only writer of the audit trail."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from compliance.audit_events import REGISTER
from compliance.models import AuditEntry
from helpdesk.core.models import UuidModel
from tenants.actors import Actor
from tenants.scoping import current_tenant_id


class UnregisteredEventError(Exception):
    """An event that is not in the register; its name is a mistake in the code."""


class OutsideTransactionError(Exception):
    """An entry must stand or fall with the act it tells of."""


def record(
    actor: Actor, event: str, subject: UuidModel, *, at: datetime, **facts: str | int | bool | UUID | None
) -> None:
    """Write what was done, in the transaction of the act. No act without its entry, no entry without its act.

    Args:
        actor: Who did it.
        event: A registered name.
        subject: The row it was done to.
        at: When.
        facts: Ids, states and counts. Never content, an address or a token.

    Raises:
        UnregisteredEventError: The register does not know the event.
        OutsideTransactionError: There is no transaction to stand or fall with.
    """
    if event not in REGISTER:
        raise UnregisteredEventError(event)
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(event)
    AuditEntry.objects.create(
        tenant_id=current_tenant_id(),
        event=event,
        actor_kind=actor.kind,
        actor_id=actor.id,
        object_kind=subject._meta.label_lower,
        object_id=subject.pk,
        facts={name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()},
        at=at,
    )
