"""The only writer of the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, transaction

from compliance.audit_events import REGISTER
from compliance.models import AuditEntry, OperatorEntry
from helpdesk.core.models import UuidModel
from helpdesk.core.prepared import prepared_cursor
from tenants.actors import Actor, ActorKind
from tenants.pipelined import Statement
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
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(event)
    entry = _entry(current_tenant_id(), actor, event, subject, at, facts)
    _insert(entry)
    if actor.kind == ActorKind.OPERATOR and actor.id is not None:
        _in_the_operators_trail(actor.id, entry)


def _insert(entry: AuditEntry) -> None:
    """Write an entry by one statement, put together and planned once: the model's way takes as long again."""
    with transaction.mark_for_rollback_on_error(DEFAULT_DB_ALIAS), prepared_cursor() as cursor:
        cursor.execute(_insertion(), _given(entry))


def _given(entry: AuditEntry) -> dict[str, Any]:
    """Return what the columns of an entry hold, by name."""
    connection = transaction.get_connection()
    fields = AuditEntry._meta.concrete_fields
    return {field.column: field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields}


@cache
def _insertion(only_beside: str = "") -> str:
    """Return the statement that inserts one entry; only where the table named has its subject, if one is."""
    # Names of our own tables and columns; every value is a parameter.
    connection, fields = transaction.get_connection(), AuditEntry._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    values = ", ".join(f"%({field.column})s::{field.db_type(connection)}" for field in fields)
    sql = f'INSERT INTO "{AuditEntry._meta.db_table}" ({columns}) SELECT {values}'
    beside = f'SELECT FROM "{only_beside}" WHERE tenant_id = %(tenant_id)s AND id = %(object_id)s'
    return f"{sql} WHERE EXISTS ({beside})" if only_beside else sql


def record_of_operators(
    operator_id: UUID | None, event: str, subject: UuidModel, *, at: datetime, **facts: str | int | bool | UUID | None
) -> None:
    """Write what concerns operators alone, or was done to one by somebody else, in the transaction of the act.

    Without an operator: what the service itself has done, or raises an alarm about.

    Raises:
        UnregisteredEventError: The register does not know the event.
        OutsideTransactionError: There is no transaction to stand or fall with.
    """
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(event)
    if event not in REGISTER:
        raise UnregisteredEventError(event)
    OperatorEntry.objects.create(
        operator_id=operator_id, organisation_id=getattr(subject, "tenant_id", None), event=event,
        object_kind=subject._meta.label_lower, object_id=subject.pk, facts=_kept(facts), at=at,
    )  # fmt: skip


def _in_the_operators_trail(operator_id: UUID, entry: AuditEntry) -> None:
    OperatorEntry.objects.create(
        operator_id=operator_id, organisation_id=entry.tenant_id, event=entry.event, object_kind=entry.object_kind,
        object_id=entry.object_id, facts=entry.facts, at=entry.at,
    )  # fmt: skip


def statement(
    tenant_id: UUID,
    actor: Actor,
    event: str,
    subject: UuidModel,
    *,
    at: datetime,
    **facts: str | int | bool | UUID | None,
) -> Statement:
    """Return the statement that writes an entry, for an act that is itself a statement in the same transaction.

    It writes one only if the subject's row is there: an act that was not done leaves none.

    Raises:
        UnregisteredEventError: The register does not know the event.
    """
    entry = _entry(tenant_id, actor, event, subject, at, facts)
    return Statement(tenant_id, _insertion(subject._meta.db_table), _given(entry))


def _entry(
    tenant_id: UUID,
    actor: Actor,
    event: str,
    subject: UuidModel,
    at: datetime,
    facts: Mapping[str, str | int | bool | UUID | None],
) -> AuditEntry:
    if event not in REGISTER:
        raise UnregisteredEventError(event)
    return AuditEntry(
        tenant_id=tenant_id,
        event=event,
        actor_kind=actor.kind,
        actor_id=actor.id,
        object_kind=subject._meta.label_lower,
        object_id=subject.pk,
        facts=_kept(facts),
        at=at,
    )


def _kept(facts: Mapping[str, str | int | bool | UUID | None]) -> dict[str, str | int | bool | None]:
    return {name: str(fact) if isinstance(fact, UUID) else fact for name, fact in facts.items()}
