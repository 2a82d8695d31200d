"""The only writer of the audit trail."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Field

from compliance.audit_events import REGISTER
from compliance.models import AuditEntry, OperatorEntry
from helpdesk.core.models import UuidModel
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
    """Write an entry by one statement, put together once: the model's way takes as long again as the database does."""
    connection = transaction.get_connection()
    sql, fields = _insertion()
    values = [field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields]
    with transaction.mark_for_rollback_on_error(connection.alias), connection.cursor() as cursor:
        cursor.execute(sql, values)


@cache
def _insertion() -> tuple[str, tuple["Field[Any, Any]", ...]]:
    fields = tuple(AuditEntry._meta.concrete_fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    # Names of our own table and columns; every value is a parameter.
    sql = f'INSERT INTO "{AuditEntry._meta.db_table}" ({columns}) VALUES ({", ".join(["%s"] * len(fields))})'  # noqa: S608
    return sql, fields


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
    connection = transaction.get_connection()
    fields = entry._meta.concrete_fields
    given = {field.column: field.get_db_prep_save(getattr(entry, field.attname), connection) for field in fields}
    columns = ", ".join(f'"{column}"' for column in given)
    values = ", ".join(f"%({field.column})s::{field.db_type(connection)}" for field in fields)
    # Names of our own tables and columns; every value is a parameter.
    sql = (
        f'INSERT INTO "{entry._meta.db_table}" ({columns}) SELECT {values} WHERE EXISTS '  # noqa: S608
        f'(SELECT FROM "{subject._meta.db_table}" WHERE tenant_id = %(tenant_id)s AND id = %(object_id)s)'
    )
    return Statement(tenant_id, sql, given)


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
