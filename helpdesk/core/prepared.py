"""Statements that run with nearly every request, planned once for a connection and not with each of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, TypeVar

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, models

#: Runs of a statement on one connection, before PostgreSQL keeps its plan.
PLANNED_AFTER: Final = 2

Row = TypeVar("Row", bound=models.Model)


@contextmanager
def prepared_cursor(using: str = DEFAULT_DB_ALIAS) -> Iterator["psycopg.Cursor[tuple[Any, ...]]"]:
    """Give a cursor that binds at the server, where a plan is kept; errors are Django's, as with its own cursors.

    Without a plan kept where a pooler stands between and does not know of them (`PREPARED_STATEMENTS`).
    """
    connection = connections[using]
    # As Django's own cursors do: it may be the first statement on a connection that was kept and is dead by now.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    raw: Any = connection.connection
    if settings.PREPARED_STATEMENTS and raw.prepare_threshold is None:
        raw.prepare_threshold = PLANNED_AFTER
    with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        yield cursor


def columns_of(model: type[models.Model], alias: str) -> tuple[list[str], str]:
    """Return the names of a model's fields and the SQL that reads them, for `Model.from_db`."""
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], ", ".join(f'{alias}."{field.column}"' for field in fields)


def row_by(model: type[Row], column: str, value: object) -> Row | None:
    """Return the row of a model whose column, a unique one, holds a value; None if there is none."""
    names, statement = _select_by(model, column)
    with prepared_cursor() as cursor:
        row = cursor.execute(statement, [value]).fetchone()
    return None if row is None else model.from_db(DEFAULT_DB_ALIAS, names, row)


@cache
def _select_by(model: type[models.Model], column: str) -> tuple[list[str], str]:
    names, read = columns_of(model, "found")
    # Names of our own tables and columns; the value is a parameter.
    return names, f'SELECT {read} FROM "{model._meta.db_table}" AS found WHERE found."{column}" = %s'  # noqa: S608
