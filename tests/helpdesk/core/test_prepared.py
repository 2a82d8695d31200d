"""Statements planned once for a connection."""

import os

import psycopg
import pytest
from django.db import DataError, close_old_connections, connection, transaction

from helpdesk.core.prepared import PLANNED_AFTER, prepared_cursor

STATEMENT = "SELECT %s::int * 7"
KEPT = "SELECT count(*) FROM pg_prepared_statements WHERE statement = 'SELECT $1::int * 7'"


def run(number):
    with prepared_cursor() as cursor:
        return cursor.execute(STATEMENT, [number]).fetchone()[0]


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_plan_is_kept_where_no_pooler_stands_between(db, settings, is_allowed):
    settings.PREPARED_STATEMENTS = is_allowed
    with prepared_cursor() as cursor:
        before, cursor.connection.prepare_threshold = cursor.connection.prepare_threshold, None
        cursor.execute("DEALLOCATE ALL")
        cursor.connection._prepared.clear()
        assert [run(number) for number in range(PLANNED_AFTER + 1)] == [0, 7, 14]
        kept = cursor.execute(KEPT, prepare=False).fetchone()[0]
        cursor.connection.prepare_threshold = before

    assert kept == int(is_allowed)


def test_what_fails_is_djangos_error(db):
    with pytest.raises(DataError), transaction.atomic(), prepared_cursor() as cursor:
        cursor.execute("SELECT 1 / 0")


@pytest.mark.django_db(transaction=True)
def test_a_kept_connection_that_is_dead_by_the_next_request_is_made_anew():
    connection.ensure_connection()
    with psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 1000)", [connection.connection.info.backend_pid])
    close_old_connections()

    with prepared_cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)
