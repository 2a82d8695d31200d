"""Sums over an organisation's rows: whatever somebody changes, changes one."""

from functools import cache
from typing import Any, Final

from django.db import connections, transaction

from helpdesk.core.prepared import prepared_cursor
from tenants.operator_role import OPERATORS
from tenants.scoping import set_local_tenant
from tests.proofs.isolation.models import KEY_MODELS, TENANT_MODELS
from tests.proofs.isolation.sides import Side

TABLES: Final = [model._meta.db_table for model in TENANT_MODELS]
KEY_TABLES: Final = [model._meta.db_table for model in KEY_MODELS]
TENANT: Final = "SELECT hashtextextended(t::text, 0) FROM tenants_tenant t WHERE id = %s"
PEOPLE: Final = """
    SELECT sum(hashtextextended(concat(email, name, is_active, is_operator, session_epoch, password), 0))
    FROM tenants_user WHERE id = ANY(%s::uuid[])
"""


def sums_of(tables: list[str]) -> str:
    """Return the SQL that counts and sums up the rows of some tables that are seen."""
    return " UNION ALL ".join(f"SELECT '{t}', count(*), sum(hashtextextended(r::text, 0)) FROM {t} r" for t in tables)


def rows_of(side: Side) -> frozenset[tuple[str, int]]:
    """Return every row of one organisation, by its table and a hash: what was there before must be among them after."""
    rows = " UNION ALL ".join(f"SELECT '{t}', hashtextextended(r::text, 0) FROM {t} r" for t in TABLES)
    with transaction.atomic(), prepared_cursor() as cursor:
        set_local_tenant(side.tenant.id)
        return frozenset(cursor.execute(rows).fetchall())


def fingerprint(side: Side) -> tuple[Any, ...]:
    """Return a sum over all rows of one organisation, those it is named in besides: any change changes it.

    Planned once: to plan the sums over all tables takes longer than to make them.
    """
    people = [str(member.user_id) for member in side.members.values()]
    with transaction.atomic(), prepared_cursor() as cursor:
        set_local_tenant(side.tenant.id)
        found = cursor.execute(sums_of(TABLES)).fetchall()
        set_local_tenant(None)
        found += cursor.execute(TENANT, [side.tenant.id]).fetchall()
        found += cursor.execute(PEOPLE, [people]).fetchall()
    return (*sorted(found, key=str), *keys_fingerprint(side))


READABLE: Final = """
    SELECT table_name, array_agg(quote_ident(column_name)), bool_or(column_name = 'tenant_id')
    FROM information_schema.column_privileges
    WHERE grantee = current_user AND privilege_type = 'SELECT' GROUP BY 1 ORDER BY 1
"""


def operators_fingerprint(side: Side) -> list[Any]:
    """Return the same over what the operators' role can read: all that it can change is among it."""
    found: list[Any] = []
    for alias, operators in OPERATORS.items():
        with transaction.atomic(using=operators), connections[operators].cursor() as cursor:
            set_local_tenant(side.tenant.id, using=operators)
            sums = [
                f"SELECT '{table}', count(*), sum(hashtextextended(ROW({', '.join(columns)})::text, 0)) FROM {table} "
                + ("" if fenced else _directory(side, table))
                for table, columns, fenced in readable(operators)
            ]
            cursor.execute(" UNION ALL ".join(sums))
            found += [(alias, *row) for row in cursor.fetchall()]
            set_local_tenant(None, using=operators)
    return sorted(found)


@cache
def readable(operators: str) -> list[tuple[str, list[str], bool]]:
    """Return the tables that an operators' connection can read, what it can of each, and whether rows have a tenant.

    Asked once: no request changes a grant, and the catalogue answers this more slowly than all the rows are summed up.
    """
    with connections[operators].cursor() as cursor:
        cursor.execute(READABLE)
        return list(cursor.fetchall())


def _directory(side: Side, table: str) -> str:
    """Of tables without a tenant, the rows that are the organisation's or its people's."""
    if table == "compliance_operatorentry":
        return f"WHERE organisation_id = '{side.tenant.id}'"
    if table in {"compliance_servicecontrol", "compliance_subprocessor", "compliance_restoredrill"}:
        return "WHERE false"  # the same for everybody, and nothing of theirs
    ids = {"tenants_tenant": [side.tenant.id], "tenants_user": [one.user_id for one in side.members.values()]}
    named = ", ".join(f"'{one}'" for one in ids.get(table, []))
    return f"WHERE id IN ({named})" if named else ""


def keys_fingerprint(side: Side) -> list[Any]:
    with transaction.atomic(using="keys"), prepared_cursor("keys") as cursor:
        set_local_tenant(side.tenant.id, using="keys")
        return sorted(cursor.execute(sums_of(KEY_TABLES)).fetchall())
